// A button that has the kernel make a file and saves it.
let views = 0;

function save(name, type, bytes) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function render({ model, el, signal }) {
  const [button, about, alert] = ["button", "p", "p"].map((tag) => document.createElement(tag));
  let waiting = null;
  button.type = "button";
  button.className = "ech-press";
  about.className = "ech-hint";
  about.id = `ech-download-${++views}`;
  about.setAttribute("role", "status");
  button.setAttribute("aria-describedby", about.id);
  alert.className = "ech-alert";
  alert.setAttribute("role", "alert");
  el.classList.add("ech-view", "ech-download");
  el.append(button, about, alert);

  function show() {
    const busy = waiting !== null || model.get("busy");
    button.textContent = model.get("label");
    // A button that is switched off for a moment would lose the keyboard's focus.
    button.setAttribute("aria-disabled", String(busy || model.get("disabled")));
    about.textContent = busy ? "Being made …" : model.get("description");
    alert.textContent = model.get("message");
  }

  function ask() {
    if (waiting !== null || model.get("busy") || model.get("disabled")) return;
    waiting = `${Date.now()}-${Math.random()}`;
    show();
    model.send({ kind: "make", id: waiting });
  }

  function heard(message, buffers) {
    if (message.kind !== "made" || message.id !== waiting) return;
    waiting = null;
    show();
    if (buffers.length) save(message.name, message.type, buffers[0]);
  }

  show();
  button.addEventListener("click", ask, { signal });
  model.on("msg:custom", heard);
  for (const name of ["label", "description", "disabled", "busy", "message"]) model.on(`change:${name}`, show);
}

export default { render };
