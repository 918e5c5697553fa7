// A slider and a number for each weight. What is moved is sent when it is let go.
function make(tag, text, className) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function field(type, label, most) {
  const node = make("input");
  Object.assign(node, { type, min: 0, max: most, step: 1 });
  node.setAttribute("aria-label", label);
  return node;
}

function rowOf(model, { rule, title, about, unit, most }) {
  const row = make("div", "", "ech-weight");
  const words = make("div");
  words.append(make("b", title), make("span", about, "ech-hint"));
  const slider = field("range", `${title}, slider`, most);
  const number = field("number", `${title}, price`, most);
  const mark = make("span", "", "ech-differs");
  const set = (value) => {
    const price = Math.min(most, Math.max(0, Math.round(Number(value) || 0)));
    model.send({ kind: "set", rule, price });
  };
  slider.addEventListener("input", () => { number.value = slider.value; });
  slider.addEventListener("change", () => set(slider.value));
  number.addEventListener("change", () => set(number.value));
  row.append(words, slider, number, make("span", `per ${unit}`, "ech-hint ech-unit"), mark);
  return { row, show({ price, balanced }) {
    slider.disabled = number.disabled = price === null;
    slider.value = number.value = price ?? most;
    const now = price === 0 ? "off" : "";
    const differs = price !== null && price !== balanced;
    mark.textContent = price === null ? "required by a rules file" : differs ? `◆ changed; Balanced has ${balanced || "it off"}` : now;
    row.classList.toggle("ech-changed", differs);
  } };
}

function render({ model, el }) {
  el.classList.add("ech-view", "ech-weights");
  let rows = new Map();
  function draw() {
    const weights = model.get("weights");
    const same = weights.length === rows.size && weights.every(({ rule, most }) => rows.get(rule)?.most === most);
    if (!same) {
      rows = new Map(weights.map((one) => [one.rule, { ...rowOf(model, one), most: one.most }]));
      el.replaceChildren(...[...rows.values()].map(({ row }) => row));
    }
    for (const one of weights) rows.get(one.rule).show(one);
  }
  draw();
  model.on("change:weights", draw);
}

export default { render };
