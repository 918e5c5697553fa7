// Fetches plotly's script from the kernel and runs it, once for the page.
async function run(packed) {
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(unpacked).blob();
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const done = new Promise((resolve, reject) => Object.assign(script, { onload: resolve, onerror: reject }));
  document.head.append(script);
  await done.finally(() => {
    URL.revokeObjectURL(script.src);
    script.remove();
  });
  window.dispatchEvent(new Event("echelon-plotly"));
}

// Running the script takes a second or two, in which the page answers nothing: so it is run when a figure
// wants it, and not before.
function initialize({ model, signal }) {
  let asked = false;
  async function heard(message, buffers) {
    if (message.kind === "script" && asked && !window.Plotly) await run(buffers[0]);
  }
  function ask() {
    if (asked || window.Plotly || signal.aborted) return;
    asked = true;
    model.send({ kind: "need" });
  }
  model.on("msg:custom", heard);
  window.addEventListener("echelon-figure", ask, { signal });
  if (document.querySelector(".ech-figure")) ask();
}

function render({ el }) {
  el.hidden = true;
}

export default { initialize, render };
