// A figure of plotly's, drawn as soon as the page has plotly's script and this has a width.
const HEIGHT = 450;
const CONFIG = {
  displaylogo: false,
  responsive: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["sendDataToCloud", "editInChartStudio", "lasso2d", "select2d"],
};

// Another cell of a notebook may bring the script too, without telling.
function plotly(signal) {
  return new Promise((resolve) => {
    const look = () => {
      if (!window.Plotly && !signal.aborted) return;
      clearInterval(again);
      window.removeEventListener("echelon-plotly", look);
      resolve(window.Plotly);
    };
    const again = setInterval(look, 200);
    window.addEventListener("echelon-plotly", look);
    window.dispatchEvent(new Event("echelon-figure"));
    look();
  });
}

function render({ model, el, signal }) {
  const [place, told] = [document.createElement("div"), document.createElement("p")];
  let drawn = Promise.resolve();
  let waiting = false;
  let listening = false;
  let width = 0;
  place.className = "ech-plot";
  place.setAttribute("role", "img");
  told.className = "ech-hint";
  told.textContent = "The figure is being drawn …";
  el.classList.add("ech-view", "ech-figure");
  el.append(place, told);

  function label() {
    place.setAttribute("aria-label", model.get("alt"));
  }

  // Plotly makes the place able to listen when it draws there first.
  function listen() {
    if (listening || !model.get("picks")) return;
    listening = true;
    place.style.cursor = "pointer";
    place.on("plotly_click", ({ points }) => {
      model.set("picked", [points[0].pointIndex ?? points[0].pointNumber].flat());
      model.save_changes();
    });
  }

  async function draw() {
    waiting = false;
    const { data, layout } = model.get("figure");
    if (!data || signal.aborted || !place.clientWidth) return;
    const api = await plotly(signal);
    if (!api || signal.aborted) return;
    width = place.clientWidth;
    place.style.minHeight = `${layout.height ?? HEIGHT}px`;
    try {
      // The script may change what it is given, and the model's own state is not its to change.
      await api.react(place, structuredClone(data), { ...structuredClone(layout), width }, CONFIG);
      told.textContent = "";
      listen();
    } catch {
      told.textContent = `The figure cannot be drawn. ${model.get("alt")}`;
    }
    if (signal.aborted) api.purge(place);
  }

  // One after the other, and several changes at once only once.
  function soon() {
    if (waiting) return;
    waiting = true;
    drawn = drawn.then(draw);
  }

  const sizes = new ResizeObserver(() => {
    if (place.clientWidth && place.clientWidth !== width) soon();
  });
  label();
  soon();
  sizes.observe(el);
  model.on("change:figure", soon);
  model.on("change:alt", label);
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    window.Plotly?.purge(place);
  });
}

export default { render };
