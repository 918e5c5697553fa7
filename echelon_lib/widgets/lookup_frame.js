// A page within this page: it may run its own script and print, and reaches nothing around it.
function render({ model, el }) {
  const frame = document.createElement("iframe");
  const empty = document.createElement("p");
  empty.textContent = "There is no timetable to look up yet.";
  empty.className = "ech-hint";
  frame.setAttribute("sandbox", "allow-scripts allow-modals");
  frame.referrerPolicy = "no-referrer";
  el.classList.add("ech-view", "ech-lookup");
  el.append(frame, empty);

  function show() {
    const html = model.get("html");
    frame.title = model.get("title");
    frame.style.height = `${model.get("height")}px`;
    frame.hidden = !html;
    empty.hidden = Boolean(html);
    if (frame.srcdoc !== html) frame.srcdoc = html;
  }

  show();
  for (const name of ["html", "title", "height"]) model.on(`change:${name}`, show);
}

export default { render };
