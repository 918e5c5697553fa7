// The master schedule as a table: one focus that the arrow keys move, one listener for all sections.
function make(tag, text, className) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function sectionButton(id, [text, sentence, fill, band], signs) {
  const button = make("button", "", `ech-band-${band}`);
  const head = make("span");
  head.append(make("b", id), make("span", `${signs[band] ?? ""}${signs[band] ? " " : ""}${fill}`, "ech-fill"));
  button.append(head, make("small", text));
  button.type = "button";
  button.tabIndex = -1;
  button.dataset.id = id;
  button.title = sentence;
  button.setAttribute("aria-label", sentence);
  button.setAttribute("aria-pressed", "false");
  return button;
}

function headRow(model) {
  const row = make("tr");
  for (const title of [model.get("corner"), ...model.get("columns")]) {
    const th = make("th", title);
    th.scope = "col";
    row.append(th);
  }
  return row;
}

function bodyRow({ name, about, cells }, model, signs) {
  const row = make("tr");
  const [th, title] = [make("th"), make("div", name, "ech-title")];
  const sections = model.get("sections");
  th.scope = "row";
  if (about) title.append(make("small", about));
  th.append(title);
  row.append(th);
  model.get("columns").forEach((_, at) => {
    const td = make("td");
    td.setAttribute("role", "gridcell");
    td.tabIndex = -1;
    td.append(...(cells[at] ?? []).map((id) => sectionButton(id, sections[id], signs)));
    row.append(td);
  });
  return row;
}

function tableOf(model) {
  const signs = Object.fromEntries(model.get("legend").map(([band, sign]) => [band, sign]));
  const table = make("table");
  const [head, body] = [make("thead"), make("tbody")];
  table.setAttribute("role", "grid");
  table.style.minWidth = `${170 + 118 * model.get("columns").length}px`;
  const widths = make("colgroup");
  const first = make("col");
  first.style.width = "170px";
  widths.append(first);
  head.append(headRow(model));
  body.append(...model.get("rows").map((row) => bodyRow(row, model, signs)));
  table.append(make("caption", model.get("caption")), widths, head, body);
  return table;
}

function legendOf(model) {
  const list = make("ul", "", "ech-legend");
  for (const [band, sign, text] of model.get("legend")) {
    const item = make("li");
    item.append(make("span", sign, `ech-swatch ech-band-${band}`), text);
    list.append(item);
  }
  if (model.get("locked").length) list.append(make("li", "locked", "ech-key"));
  return list;
}

// Where the focus stands in a cell: on its first section, or on the cell itself where there is none.
function stopsIn(cell) {
  const buttons = [...cell.querySelectorAll("button:not([hidden])")];
  return buttons.length ? buttons : [cell];
}

// The stop that a key leads to, or null where it leads nowhere.
function nextStop(from, key, toEnd) {
  const cell = from.closest("td");
  const row = cell.parentElement;
  const rows = [...row.parentElement.children].filter((one) => !one.hidden);
  const [x, y] = [cell.cellIndex, rows.indexOf(row)];
  const stop = (r, c, last = false) => {
    const found = rows[r]?.cells[c];
    return found?.tagName === "TD" ? stopsIn(found).at(last ? -1 : 0) : null;
  };
  const here = stopsIn(cell);
  const at = here.indexOf(from);
  const end = row.cells.length - 1;
  switch (key) {
    case "ArrowLeft": return stop(y, x - 1);
    case "ArrowRight": return stop(y, x + 1);
    case "ArrowDown": return here[at + 1] ?? stop(y + 1, x);
    case "ArrowUp": return here[at - 1] ?? stop(y - 1, x, true);
    case "Home": return toEnd ? stop(0, 1) : stop(y, 1);
    case "End": return toEnd ? stop(rows.length - 1, end, true) : stop(y, end);
    case "PageDown": return stop(Math.min(y + 8, rows.length - 1), x);
    case "PageUp": return stop(Math.max(y - 8, 0), x);
    default: return null;
  }
}

function render({ model, el, signal }) {
  const legend = make("div");
  const told = make("p", "", "ech-hint ech-told");
  const box = make("div", "", "ech-box");
  let current = null;
  let drawing = false;
  told.setAttribute("role", "status");
  el.classList.add("ech-view", "ech-week");
  el.append(legend, told, box);

  function settle(stop, focus) {
    if (current) current.tabIndex = -1;
    current = stop;
    if (!current) return;
    current.tabIndex = 0;
    if (focus) current.focus();
  }

  function firstStop() {
    const cell = box.querySelector("tbody tr:not([hidden]) td");
    return cell && stopsIn(cell)[0];
  }

  function choose() {
    const id = model.get("selected");
    for (const button of box.querySelectorAll("button[aria-pressed=true]")) button.setAttribute("aria-pressed", "false");
    if (!id) return;
    for (const button of box.querySelectorAll(`button[data-id="${CSS.escape(id)}"]`)) button.setAttribute("aria-pressed", "true");
  }

  function mark() {
    const locked = new Set(model.get("locked"));
    legend.replaceChildren(legendOf(model));
    for (const button of box.querySelectorAll("button[data-id]")) {
      const stays = locked.has(button.dataset.id);
      const sentence = model.get("sections")[button.dataset.id]?.[1] ?? "";
      button.classList.toggle("ech-locked", stays);
      button.title = stays ? `${sentence} It is locked.` : sentence;
      button.setAttribute("aria-label", button.title);
    }
  }

  function sift() {
    const words = model.get("filter").toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
    const seen = new Set();
    for (const row of box.querySelectorAll("tbody tr")) {
      const whole = fits(row.cells[0].textContent);
      let some = whole;
      for (const button of row.querySelectorAll("button")) {
        button.hidden = !whole && !fits(button.title);
        if (!button.hidden) seen.add(button.dataset.id);
        some ||= !button.hidden;
      }
      row.hidden = !some;
    }
    const every = Object.keys(model.get("sections")).length;
    told.textContent = words.length ? `${seen.size} of ${every} sections fit “${model.get("filter").trim()}”.` : "";
    if (!current || current.hidden || current.closest("tr").hidden) settle(firstStop(), false);
  }

  function draw() {
    drawing = false;
    const [left, top] = [box.scrollLeft, box.scrollTop];
    current = null;
    box.replaceChildren(tableOf(model));
    box.scrollTo(left, top);
    mark();
    sift();
    choose();
  }

  // Rows, columns and sections come as several changes of one message.
  function soon() {
    if (drawing) return;
    drawing = true;
    queueMicrotask(draw);
  }

  function press(event) {
    const button = event.target.closest("button");
    if (!button) return;
    settle(button, true);
    const id = button.dataset.id;
    model.set("selected", model.get("selected") === id ? "" : id);
    model.save_changes();
  }

  function walk(event) {
    if (event.altKey || event.metaKey || !event.target.closest("td")) return;
    const stop = nextStop(event.target, event.key, event.ctrlKey);
    if (!stop) return;
    event.preventDefault();
    settle(stop, true);
  }

  draw();
  box.addEventListener("click", press, { signal });
  box.addEventListener("keydown", walk, { signal });
  box.addEventListener("focusin", ({ target }) => { if (target !== current && target.closest("td")) settle(target, false); }, { signal });
  for (const name of ["caption", "corner", "columns", "rows", "sections", "legend"]) model.on(`change:${name}`, soon);
  model.on("change:selected", choose);
  model.on("change:locked", mark);
  model.on("change:filter", sift);
}

export default { render };
