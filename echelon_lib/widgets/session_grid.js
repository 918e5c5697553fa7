// The sessions of a university, which are sent once: rows, filters and details are made here, and of the rows
// only those in sight are drawn.
const [CHIP, GAP, NAME, SLOT, AROUND] = [38, 3, 190, 78, 300];
const TITLES = { department: "Department", faculty: "Faculty", group: "Group", room: "Room", course: "Course" };
const LISTED = ["faculty", "group", "mark"];
const COUNT = new Intl.NumberFormat("en");

function make(tag, text, className, more = {}) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  for (const [name, value] of Object.entries(more)) node.setAttribute(name, value);
  return node;
}

// The state of the model as it is worked with: a typed array for each column.
function dataOf(model) {
  const bytes = model.get("columns");
  const all = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const fields = model.get("fields");
  const count = fields.length ? all.length / fields.length : 0;
  const column = Object.fromEntries(fields.map((name, at) => [name, all.subarray(at * count, (at + 1) * count)]));
  const [names, lists, days, hours] = ["names", "lists", "days", "hours"].map((name) => model.get(name));
  const data = { count, column, names, lists, days, hours, sessions: model.get("sessions"), slots: hours.length - 1 };
  data.members = (kind, item) => {
    const at = column[kind][item];
    return LISTED.includes(kind) ? lists[kind][at] : at < 0 ? [] : [at];
  };
  data.words = (kind, item) => data.members(kind, item).map((at) => names[kind][0][at]);
  data.full = (kind, at) => [names[kind][0][at], names[kind][1][at]].filter(Boolean).join(" ");
  data.texts = null;
  return data;
}

function whenOf(data, item) {
  const { day, start, length } = data.column;
  if (day[item] < 0) return "not placed";
  return `${data.days[day[item]]} ${data.hours[start[item]]}–${data.hours[start[item] + length[item]]}`;
}

function marksOf(data, item) {
  return data.members("mark", item).map((at) => [data.names.mark[0][at], data.names.mark[1][at]]);
}

function fullOf(data, kind, item) {
  return data.members(kind, item).map((at) => data.full(kind, at)).join("; ");
}

function sentenceOf(data, item) {
  const [room] = data.words("room", item);
  const parts = [`${fullOf(data, "course", item)}, ${data.sessions[data.column.session[item]]}`, whenOf(data, item)];
  parts.push(room ? `room ${room}` : "no room", data.words("faculty", item).join(", ") || "nobody to teach");
  const marks = marksOf(data, item).map(([rule, text]) => ` Breaks a required rule, ${rule}: ${text}`);
  return `${parts.join(", ")}.${marks.join("")}`;
}

// What a filter is compared with: everything that people call a session by.
function textsOf(data) {
  data.texts ??= Array.from({ length: data.count }, (_, item) => {
    const kinds = ["course", "section", "part", "room", "faculty", "group", "department"];
    return [...kinds.map((kind) => fullOf(data, kind, item)), whenOf(data, item)].join(" ").toLowerCase();
  });
  return data.texts;
}

// The rows with the sessions that fit a filter. Where words name a row, they ask for that row.
function rowsOf(data, by, { words, department, day, part, marked }) {
  const texts = words.length ? textsOf(data) : [];
  const fits = (text) => words.every((word) => text.includes(word));
  const named = words.length ? data.names[by][0].map((_, at) => fits(data.full(by, at).toLowerCase())) : [];
  const some = named.includes(true);
  const rows = new Map();
  let count = 0;
  for (let item = 0; item < data.count; item++) {
    if (department >= 0 && data.column.department[item] !== department) continue;
    if (day >= 0 && data.column.day[item] !== day) continue;
    if (part >= 0 && data.column.part[item] !== part) continue;
    if (marked && !data.lists.mark[data.column.mark[item]].length) continue;
    if (words.length && !some && !fits(texts[item])) continue;
    let there = false;
    for (const row of data.members(by, item)) {
      if (some && !named[row]) continue;
      if (rows.has(row)) rows.get(row).push(item);
      else rows.set(row, [item]);
      there = true;
    }
    if (there) count++;
  }
  const found = [...rows].sort(([one], [other]) => one - other).map(([entity, items]) => lanesOf(data, entity, items));
  let top = 0;
  for (const row of found) {
    row.top = top;
    row.height = row.lanes * (CHIP + GAP) + 2 * GAP;
    top += row.height;
  }
  return { rows: found, count, height: top };
}

// Sessions at the same time stand below one another; those without a place come last.
function lanesOf(data, entity, items) {
  const { day, start, length } = data.column;
  const begin = (item) => (day[item] < 0 ? data.days.length * data.slots : day[item] * data.slots + start[item]);
  items.sort((one, other) => begin(one) - begin(other));
  const ends = [];
  const lane = items.map((item) => {
    const from = begin(item);
    let at = ends.findIndex((end) => end <= from);
    if (at < 0) at = ends.push(0) - 1;
    ends[at] = from + length[item];
    return at;
  });
  return { entity, items, lane, begins: items.map(begin), lanes: Math.max(1, ends.length) };
}

// A rule in as few words as a narrow button has room for.
function shortOf(rule) {
  return rule.endsWith(" clash") ? "clash" : rule;
}

// What stands in a button below its title: a mark, or whatever of room, people and groups is not the row.
function linesOf(data, item, by, room) {
  const lab = data.words("part", item)[0]?.toLowerCase() === "lab" ? "lab " : "";
  const lines = by === "room" ? [] : [data.words("room", item).join(", ")];
  if (by !== "faculty") lines.push(data.words("faculty", item).join(", "));
  if (by !== "group") lines.push(data.words("group", item).join(", "));
  const marks = marksOf(data, item).map(([rule]) => `✕ ${room ? rule : shortOf(rule)}`);
  return [...marks, `${lab}${lines[0]}`, ...lines.slice(1)].filter(Boolean).slice(0, room ? 4 : 1);
}

function chipOf(data, item, by, room = false) {
  const marks = marksOf(data, item);
  const lab = data.words("part", item)[0]?.toLowerCase() === "lab";
  const title = by === "course" ? data.words("section", item)[0] : data.words("course", item)[0];
  const chip = make("button", "", `ech-chip${marks.length ? " ech-broken" : lab ? " ech-lab" : ""}`);
  chip.append(make("b", title), ...linesOf(data, item, by, room).map((line) => make("small", line)));
  chip.type = "button";
  chip.tabIndex = -1;
  chip.title = sentenceOf(data, item);
  chip.setAttribute("aria-label", chip.title);
  chip.setAttribute("aria-pressed", "false");
  return chip;
}

// The week of one row as people know it: a column for each day, a line for each hour.
function weekOf(data, row, by, pick) {
  const used = data.days.map(() => []);
  for (const item of row.items) if (data.column.day[item] >= 0) used[data.column.day[item]].push(item);
  const nowhere = row.items.filter((item) => data.column.day[item] < 0);
  const days = used.map((items) => lanesOf(data, row.entity, items));
  const grid = make("div", "", "ech-one-week", { role: "group", "aria-label": `Week of ${data.full(by, row.entity)}` });
  grid.style.gridTemplateColumns = `64px ${days.map(({ lanes }) => `repeat(${lanes}, minmax(110px, 1fr))`).join(" ")}`;
  grid.style.gridTemplateRows = `34px repeat(${data.slots}, minmax(58px, auto))`;
  const put = (node, column, columns, line, lines) => {
    node.style.gridArea = `${line} / ${column} / span ${lines} / span ${columns}`;
    grid.append(node);
  };
  for (let slot = 0; slot < data.slots; slot++) put(make("div", data.hours[slot], "ech-hour"), 1, 1, slot + 2, 1);
  let column = 2;
  days.forEach(({ lanes, items, lane }, day) => {
    put(make("div", data.days[day], "ech-day"), column, lanes, 1, 1);
    for (let slot = 0; slot < data.slots; slot++) put(make("div", "", "ech-field"), column, lanes, slot + 2, 1);
    items.forEach((item, at) => {
      const chip = chipOf(data, item, by, true);
      chip.tabIndex = 0;
      chip.addEventListener("click", () => pick(item, chip));
      put(chip, column + lane[at], 1, data.column.start[item] + 2, data.column.length[item]);
    });
    column += lanes;
  });
  if (!nowhere.length) return [grid];
  const left = make("p", `Not placed: ${nowhere.map((item) => data.sessions[data.column.session[item]]).join(", ")}.`);
  return [grid, left];
}

function detailOf(data, item) {
  const list = make("dl", "", "ech-detail-list");
  const pairs = [
    ["Course", fullOf(data, "course", item)],
    ["Session", data.sessions[data.column.session[item]]],
    ["When", whenOf(data, item)],
    ["Room", fullOf(data, "room", item) || "none"],
    ["Faculty", fullOf(data, "faculty", item) || "nobody"],
    ["Students of", data.words("group", item).join(", ") || "nobody"],
    ["People", COUNT.format(data.column.people[item])],
    ["Department", fullOf(data, "department", item)],
  ];
  for (const [name, text] of pairs) list.append(make("dt", name), make("dd", text));
  const marks = marksOf(data, item).map(([rule, text]) => make("p", `✕ ${rule}: ${text}`, "ech-broken-rule"));
  return [list, ...marks];
}

// A field with its title; the title stands beside it, since what is in a label is read out with it.
let fields = 0;
function titled(title, field) {
  const place = make("div", "", "ech-field-of");
  field.id = `ech-sessions-${(fields += 1)}`;
  place.append(make("label", title, "", { for: field.id }), field);
  return place;
}

function fill(field, options, value) {
  field.replaceChildren(...options.map(([text, key]) => new Option(text, key)));
  field.value = value;
}

function render({ model, el, signal }) {
  let data = dataOf(model);
  let found = { rows: [], count: 0, height: 0 };
  let one = null; // the row whose week is shown by itself
  let current = [0, -1]; // row and session that has the focus; -1 is the name of the row
  let waiting = false;
  const drawn = new Map();
  const tools = make("div", "", "ech-tools");
  const told = make("p", "", "ech-hint ech-told", { role: "status" });
  const box = make("div", "", "ech-box", { role: "grid", "aria-label": "Sessions of the week" });
  const head = make("div", "", "ech-head", { role: "row" });
  const canvas = make("div", "", "ech-canvas", { role: "rowgroup" });
  const week = make("div", "", "ech-week-of");
  const detail = make("div", "", "ech-detail", { role: "region", "aria-live": "polite", "aria-label": "The session that is chosen" });
  box.append(head, canvas);
  el.classList.add("ech-view", "ech-sessions");
  el.append(tools, told, box, week, detail);

  const [by, department, day, part] = Array.from({ length: 4 }, () => make("select"));
  const find = make("input", "", "", { type: "search", placeholder: "course, room, name, group …", spellcheck: "false" });
  const marked = make("input", "", "", { type: "checkbox" });
  const markedLabel = make("label", "", "ech-check");
  markedLabel.append(marked, "only what breaks a required rule");
  const back = make("button", "Back to all rows", "ech-press", { type: "button" });
  const many = [titled("Rows", by), titled("Find", find), titled("Day", day)];
  tools.append(...many.slice(0, 2), titled("Department", department), many[2], titled("Part", part), markedLabel, back);
  fill(by, Object.entries(TITLES).map(([key, text]) => [text, key]), model.get("by"));

  function offer() {
    const everything = (title, kind) => [[title, -1], ...data.names[kind]?.[0].map((_, at) => [data.full(kind, at), at]) ?? []];
    fill(department, everything("all departments", "department"), -1);
    fill(part, everything("all parts", "part"), -1);
    fill(day, [["all days", -1], ...data.days.map((name, at) => [name, at])], -1);
  }

  const filter = () => ({
    words: find.value.toLowerCase().split(/\s+/).filter(Boolean),
    department: Number(department.value),
    day: Number(day.value),
    part: Number(part.value),
    marked: marked.checked,
  });
  const shownDays = () => (Number(day.value) < 0 ? data.days.map((_, at) => at) : [Number(day.value)]);
  const anyNowhere = () => Number(day.value) < 0 && data.column.day.includes(-1);
  const slotWidth = () => {
    const slots = shownDays().length * data.slots;
    return Math.max(SLOT, Math.floor((box.clientWidth - NAME - 20) / Math.max(1, slots)));
  };

  function drawHead(width) {
    const days = shownDays();
    const all = days.length * data.slots + (anyNowhere() ? 1 : 0);
    const corner = make("div", TITLES[by.value], "ech-corner", { role: "columnheader" });
    const cells = days.flatMap((day) =>
      Array.from({ length: data.slots }, (_, slot) => {
        const cell = make("div", "", "ech-slot", { role: "columnheader" });
        cell.append(make("b", slot ? "" : data.days[day]), make("span", data.hours[slot]));
        cell.setAttribute("aria-label", `${data.days[day]} ${data.hours[slot]}`);
        return cell;
      }),
    );
    if (anyNowhere()) cells.push(make("div", "not placed", "ech-slot", { role: "columnheader" }));
    for (const cell of cells) cell.style.width = `${width}px`;
    head.replaceChildren(corner, ...cells);
    box.style.setProperty("--slot", `${width}px`);
    box.style.setProperty("--day", `${width * data.slots}px`);
    head.style.width = canvas.style.width = `${NAME + all * width}px`;
    box.setAttribute("aria-colcount", all + 1);
  }

  function rowNode(at) {
    const row = found.rows[at];
    const width = slotWidth();
    const first = shownDays()[0] * data.slots;
    const node = make("div", "", "ech-row", { role: "row", "aria-rowindex": at + 2, "data-row": at });
    node.style.transform = `translateY(${row.top}px)`;
    node.style.height = `${row.height}px`;
    const name = make("div", "", "ech-name", { role: "rowheader" });
    const open = make("button", data.names[by.value][0][row.entity], "ech-open", { type: "button", "data-item": -1 });
    open.tabIndex = -1;
    open.title = `Show the week of ${data.full(by.value, row.entity)} by itself`;
    name.append(open, make("small", `${data.names[by.value][1][row.entity]}`));
    node.append(name);
    row.items.forEach((item, index) => {
      const cell = make("div", "", "ech-cell", { role: "gridcell", "aria-colindex": row.begins[index] - first + 2 });
      const chip = chipOf(data, item, by.value);
      chip.dataset.item = index;
      cell.style.left = `${NAME + (row.begins[index] - first) * width + 2}px`;
      cell.style.top = `${GAP + row.lane[index] * (CHIP + GAP)}px`;
      cell.style.width = `${data.column.length[item] * width - 4}px`;
      cell.append(chip);
      node.append(cell);
    });
    return node;
  }

  // Rows in sight stay as they are; others come and go, but never the one that has the focus.
  function draw() {
    waiting = false;
    if (one !== null) return;
    const [top, bottom] = [box.scrollTop - AROUND, box.scrollTop + box.clientHeight + AROUND];
    let from = 0;
    let to = found.rows.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (found.rows[middle].top + found.rows[middle].height < top) from = middle + 1;
      else to = middle;
    }
    const wanted = new Set(found.rows.length && box.contains(document.activeElement) ? [current[0]] : []);
    for (let at = from; at < found.rows.length && found.rows[at].top < bottom; at++) wanted.add(at);
    for (const [at, node] of drawn) {
      if (wanted.has(at)) continue;
      node.remove();
      drawn.delete(at);
    }
    for (const at of wanted) {
      if (drawn.has(at)) continue;
      drawn.set(at, rowNode(at));
      canvas.append(drawn.get(at));
    }
    const stop = stopAt(...current) ?? canvas.querySelector("button");
    if (stop) stop.tabIndex = 0;
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  }

  function stopAt(row, item) {
    return drawn.get(row)?.querySelector(`button[data-item="${item}"]`) ?? null;
  }

  function settle(row, item) {
    const before = stopAt(...current);
    if (before) before.tabIndex = -1;
    current = [row, item];
    const stop = stopAt(row, item);
    if (stop) stop.tabIndex = 0;
    return stop;
  }

  function goTo(row, item) {
    if (!found.rows.length) return;
    const at = Math.min(Math.max(row, 0), found.rows.length - 1);
    const { top, height } = found.rows[at];
    const seen = box.clientHeight - head.offsetHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + Math.min(height, seen) > box.scrollTop + seen) box.scrollTop = top + Math.min(height, seen) - seen;
    current = [at, item];
    if (!drawn.has(at)) draw();
    settle(at, item)?.focus();
  }

  // The session of another row that is nearest in time.
  function nearest(row, item, to) {
    const at = Math.min(Math.max(to, 0), found.rows.length - 1);
    if (item < 0) return [at, -1];
    const when = found.rows[row].begins[item];
    const { begins } = found.rows[at];
    let best = 0;
    begins.forEach((begin, index) => { if (Math.abs(begin - when) < Math.abs(begins[best] - when)) best = index; });
    return [at, best];
  }

  function walk(event) {
    if (event.altKey || event.metaKey || !event.target.closest(".ech-row")) return;
    const [row, item] = current;
    const last = found.rows[row].items.length - 1;
    const goals = {
      ArrowLeft: () => [row, Math.max(-1, item - 1)],
      ArrowRight: () => [row, Math.min(last, item + 1)],
      ArrowDown: () => nearest(row, item, row + 1),
      ArrowUp: () => nearest(row, item, row - 1),
      PageDown: () => nearest(row, item, row + 8),
      PageUp: () => nearest(row, item, row - 8),
      Home: () => (event.ctrlKey ? [0, -1] : [row, -1]),
      End: () => (event.ctrlKey ? [found.rows.length - 1, -1] : [row, last]),
    };
    if (!(event.key in goals)) return;
    event.preventDefault();
    goTo(...goals[event.key]());
  }

  function pick(item, chip) {
    for (const other of el.querySelectorAll(".ech-chip[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
    chip.setAttribute("aria-pressed", "true");
    detail.replaceChildren(...detailOf(data, item));
  }

  function press(event) {
    const button = event.target.closest("button");
    const row = button?.closest(".ech-row");
    if (!row) return;
    const at = Number(row.dataset.row);
    const item = Number(button.dataset.item);
    settle(at, item);
    if (item >= 0) {
      pick(found.rows[at].items[item], button);
      return;
    }
    one = found.rows[at].entity;
    show();
    back.focus();
  }

  function leave() {
    const entity = one;
    one = null;
    show();
    const at = found.rows.findIndex((row) => row.entity === entity);
    goTo(Math.max(0, at), -1);
  }

  function say() {
    const broken = new Set();
    for (let item = 0; item < data.count; item++) {
      if (data.lists.mark[data.column.mark[item]].length) broken.add(data.column.session[item]);
    }
    const counted = (count, what) => `${COUNT.format(count)} ${what}${count === 1 ? "" : "s"}`;
    const rows = `${counted(found.count, "session")} in ${counted(found.rows.length, "row")}.`;
    const rules = broken.size
      ? `✕ ${COUNT.format(broken.size)} of all sessions break a required rule.`
      : "✓ No session breaks a required rule.";
    told.textContent = one === null ? `${rows} ${rules}` : `The week of ${[data.names[by.value][0][one], data.names[by.value][1][one]].filter(Boolean).join(", ")}.`;
  }

  function show() {
    const single = one !== null;
    box.hidden = single;
    week.hidden = back.hidden = !single;
    for (const place of many) place.hidden = single;
    found = rowsOf(data, by.value, single ? { ...filter(), words: [], day: -1 } : filter());
    if (single) {
      const row = found.rows.find(({ entity }) => entity === one);
      week.replaceChildren(...(row ? weekOf(data, row, by.value, pick) : [make("p", "Nothing fits.")]));
    } else {
      week.replaceChildren();
      for (const node of drawn.values()) node.remove();
      drawn.clear();
      current = [0, -1];
      canvas.style.height = `${found.height}px`;
      box.setAttribute("aria-rowcount", found.rows.length + 1);
      drawHead(slotWidth());
      draw();
    }
    say();
  }

  function sift() {
    if (one === null) box.scrollTop = 0;
    show();
    if (one !== null || !found.rows.length) return;
    const first = Math.min(...found.rows.map(({ begins }) => begins[0])) - shownDays()[0] * data.slots;
    const left = first * slotWidth();
    if (left < box.scrollLeft || left > box.scrollLeft + box.clientWidth - NAME - SLOT) box.scrollLeft = left - GAP;
  }

  function turn() {
    model.set("by", by.value);
    model.save_changes();
    one = null;
    sift();
  }

  function anew() {
    data = dataOf(model);
    one = null;
    offer();
    detail.replaceChildren();
    sift();
  }

  by.addEventListener("change", turn, { signal });
  find.addEventListener("input", sift, { signal });
  for (const field of [department, day, part, marked]) field.addEventListener("change", sift, { signal });
  back.addEventListener("click", leave, { signal });
  box.addEventListener("scroll", soon, { signal, passive: true });
  box.addEventListener("click", press, { signal });
  box.addEventListener("keydown", walk, { signal });
  box.addEventListener("focusin", ({ target }) => {
    const row = target.closest(".ech-row");
    if (row) settle(Number(row.dataset.row), Number(target.dataset.item));
  }, { signal });
  let width = 0;
  const sizes = new ResizeObserver(() => {
    if (!box.clientWidth || box.clientWidth === width) return;
    width = box.clientWidth;
    show();
  });
  sizes.observe(el);
  signal.addEventListener("abort", () => sizes.disconnect());
  model.on("change:columns", () => queueMicrotask(anew));
  model.on("change:by", () => { if (by.value !== model.get("by")) { by.value = model.get("by"); sift(); } });
  offer();
  show();
}

export default { render };
