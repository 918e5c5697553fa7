// A place to choose or drop files: it names them to the kernel, then sends the pieces that are asked for.
let views = 0;

function make(tag, text, className) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function inBytes(count) {
  return count < 100000 ? `${Math.ceil(count / 1000)} kB` : `${(Math.ceil(count / 100000) / 10).toFixed(1)} MB`;
}

function fits(name, endings) {
  return endings.some((ending) => name.toLowerCase().endsWith(ending));
}

// What is wrong with the files before a byte of them is read; the kernel checks it all again.
function faults(files, model) {
  const found = [];
  const [each, all, count] = ["most_bytes", "most_total", "most_files"].map((name) => model.get(name));
  if (files.length > count) found.push(`${files.length} files are more than ${count}, the most that are taken at once.`);
  for (const file of files) {
    if (file.size > each) found.push(`“${file.name}” is too large: ${inBytes(file.size)}, and ${inBytes(each)} is the most for a file.`);
  }
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > all) found.push(`The files are too large together: ${inBytes(total)}, and ${inBytes(all)} is the most.`);
  return found;
}

function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

// The files directly in a folder; those in folders within it are left where they are.
async function filesIn(folder, most) {
  const reader = folder.createReader();
  const found = [];
  while (found.length < most) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    found.push(...some.filter((entry) => entry.isFile));
  }
  return Promise.all(found.slice(0, most).map(fileOf));
}

// The items of a drop can be looked at only until the first pause.
async function dropped(transfer, endings) {
  const things = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const thing of things) {
    if (thing instanceof File) found.push(thing);
    else if (thing?.isFile) found.push(await fileOf(thing));
    else if (thing?.isDirectory) found.push(...(await filesIn(thing, 1000)).filter((file) => fits(file.name, endings)));
  }
  return found;
}

function build(model) {
  const id = `ech-upload-${++views}`;
  const label = make("label", model.get("label"));
  const input = make("input");
  Object.assign(input, { type: "file", multiple: true, id, accept: model.get("accept").join(",") });
  label.htmlFor = id;
  const hint = make(
    "p",
    (model.get("most_files") === 1 ? "Choose it, or drop it here: " : "Choose them all at once, or drop them here: ") +
    `${model.get("accept").join(" or ")}, at most ${model.get("most_files")} ${model.get("most_files") === 1 ? "file" : "files"}, ` +
      `${inBytes(model.get("most_bytes"))} each and ${inBytes(model.get("most_total"))} together.`,
    "ech-hint",
  );
  hint.id = `${id}-hint`;
  input.setAttribute("aria-describedby", hint.id);
  const going = make("div", "", "ech-going");
  going.hidden = true;
  const bar = make("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", "Sent");
  const now = make("span");
  const cancel = make("button", "Give up", "ech-press");
  cancel.type = "button";
  going.append(bar, now, cancel);
  const told = make("p", model.get("status"), "ech-told");
  told.setAttribute("role", "status");
  const alert = make("p", model.get("message"), "ech-alert");
  alert.setAttribute("role", "alert");
  return { label, input, hint, going, bar, now, cancel, told, alert };
}

function render({ model, el, signal }) {
  const parts = build(model);
  let batch = null;
  el.classList.add("ech-view", "ech-upload");
  el.append(parts.label, parts.input, parts.hint, parts.going, parts.told, parts.alert);

  function end() {
    batch = null;
    if (parts.going.contains(document.activeElement)) parts.input.focus();
    parts.going.hidden = true;
    parts.input.value = "";
  }

  function begin(files) {
    parts.told.textContent = "";
    const wrong = faults(files, model);
    parts.alert.textContent = wrong.join("\n");
    if (wrong.length || !files.length) {
      parts.input.value = "";
      return;
    }
    const id = `${Date.now()}-${Math.random()}`;
    batch = { id, files, sent: 0, total: files.reduce((sum, file) => sum + file.size, 0) };
    parts.bar.value = 0;
    parts.now.textContent = "Waiting for the kernel …";
    parts.going.hidden = false;
    model.send({ kind: "begin", batch: id, files: files.map(({ name, size }) => ({ name, size })) });
  }

  function giveUp(reason) {
    if (!batch) return;
    model.send({ kind: "cancel", batch: batch.id });
    end();
    parts.alert.textContent = reason;
  }

  async function sendPiece({ batch: id, file, at, length }) {
    const from = batch.files[file];
    let piece;
    try {
      piece = await from.slice(at, at + length).arrayBuffer();
    } catch {
      giveUp(`“${from.name}” cannot be read any more. Maybe it was changed; choose it once more.`);
      return;
    }
    if (batch?.id !== id) return;
    model.send({ kind: "piece", batch: id, file, at }, undefined, [piece]);
    batch.sent += piece.byteLength;
    parts.bar.value = batch.total ? batch.sent / batch.total : 1;
    parts.now.textContent = batch.sent < batch.total
      ? `Sending ${from.name}, ${inBytes(batch.sent)} of ${inBytes(batch.total)}`
      : "All is sent and being looked at …";
  }

  function heard(message) {
    if (!batch || message.batch !== batch.id) return;
    if (message.kind === "next") sendPiece(message);
    else if (message.kind === "end") end();
  }

  async function drop(event) {
    event.preventDefault();
    el.classList.remove("ech-over");
    if (!event.dataTransfer) return;
    try {
      const files = await dropped(event.dataTransfer, model.get("accept"));
      if (files.length) begin(files);
      else parts.alert.textContent = `There is no ${model.get("accept").join(" or ")} file in what was dropped.`;
    } catch {
      parts.alert.textContent = "What was dropped cannot be read. Choose the files with the button instead.";
    }
  }

  const on = (node, kind, what) => node.addEventListener(kind, what, { signal });
  on(parts.input, "change", () => begin([...parts.input.files]));
  on(parts.cancel, "click", () => giveUp(""));
  on(el, "dragover", (event) => {
    event.preventDefault();
    el.classList.add("ech-over");
  });
  on(el, "dragleave", (event) => {
    if (!el.contains(event.relatedTarget)) el.classList.remove("ech-over");
  });
  on(el, "drop", drop);
  model.on("msg:custom", heard);
  model.on("change:message", () => (parts.alert.textContent = model.get("message")));
  model.on("change:status", () => (parts.told.textContent = model.get("status")));
}

export default { render };
