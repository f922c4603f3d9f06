// Elements, colours, and the two figures that everything is made of: grids of cells and heat maps.

function make(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const replace = (id, ...children) => document.getElementById(id).replaceChildren(...children);

// ---------------------------------------------------------------------------------------- colours

// Blue for negative, orange for positive, the paper's own colour for zero; one hue for shares. Both
// can be told apart with any kind of colour vision, and every number can also be read.
const palettes = {
  light: { zero: [240, 239, 234], low: [24, 92, 158], high: [204, 85, 0], share: [36, 74, 120], ink: ["#000000", "#ffffff"] },
  dark: { zero: [38, 44, 57], low: [92, 168, 245], high: [255, 157, 66], share: [120, 190, 255], ink: ["#000000", "#ffffff"] },
};
const palette = () => palettes[document.documentElement.dataset.theme] ?? palettes.light;

function mix(from, to, t) {
  return from.map((channel, i) => Math.round(channel + (to[i] - channel) * t));
}

function valueColour(value, scale) {
  if (!Number.isFinite(value)) return [128, 0, 128];
  const t = Math.min(1, Math.abs(value) / scale) ** 0.75;
  return mix(palette().zero, value < 0 ? palette().low : palette().high, t);
}

function shareColour(value) {
  if (!Number.isFinite(value)) return [128, 0, 128];
  return mix(palette().zero, palette().share, Math.min(1, Math.max(0, value)) ** 0.6);
}

const css = (rgb) => `rgb(${rgb.join(" ")})`;

// The text colour with the better contrast on a cell.
function inkOn(rgb) {
  const light = (hex) => luminance([1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const contrast = (hex) => {
    const [a, b] = [light(hex), luminance(rgb)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  return palette().ink.reduce((best, hex) => (contrast(hex) > contrast(best) ? hex : best));
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// ----------------------------------------------------------------------------------------- grids

// A grid of cells that pointer and keyboard can walk through.
//
// rows, columns: sizes; at(r, c): {value, differs, text, hidden}; colour(value): rgb;
// name(r, c): what the cell is called; inspect(r, c): what the panel shows (see inspector.js);
// rowHeads, columnHeads: labels; marked: a row to mark; label: the grid's own name.
function cellGrid(options) {
  const { rows, columns } = options;
  const grid = make("div", { class: `grid ${options.class ?? ""}`, role: "grid", "aria-label": options.label });
  grid.style.setProperty("--columns", columns);
  const cells = [];
  if (options.columnHeads) {
    const line = make("div", { role: "row", class: "line heads" }, make("span", { class: "rowhead", role: "presentation" }));
    for (const head of options.columnHeads) line.append(make("span", { role: "columnheader", class: "columnhead", text: head }));
    grid.append(line);
  }
  for (let r = 0; r < rows; r++) {
    const line = make("div", { role: "row", class: r === options.marked ? "line marked" : "line" });
    if (options.rowHeads) line.append(make("span", { role: "rowheader", class: "rowhead", text: options.rowHeads[r] }));
    for (let c = 0; c < columns; c++) {
      const { value, differs, text, hidden } = options.at(r, c);
      const cell = make("span", { role: "gridcell", tabindex: "-1", class: "cell" });
      cell.setAttribute("aria-label", `${options.name(r, c)} = ${digits(value, kept(differs))}${differs ? ", differs" : ""}${hidden ? ", hidden by the mask" : ""}`);
      if (differs) cell.classList.add("differs");
      if (hidden) cell.classList.add("hidden-key");
      else {
        const rgb = options.colour(value);
        cell.style.backgroundColor = css(rgb);
        if (text) cell.style.color = inkOn(rgb);
      }
      if (text) cell.textContent = text;
      cell.dataset.place = `${r},${c}`;
      cells.push(cell);
      line.append(cell);
    }
    grid.append(line);
  }
  walkable(grid, cells, columns, (index) => options.inspect(Math.floor(index / columns), index % columns), options.start);
  return grid;
}

// One tab stop for the whole grid; arrows move inside it. Pointing or focusing chooses a cell.
function walkable(grid, cells, columns, inspect, start = 0) {
  let chosen = Math.min(start, cells.length - 1);
  cells[chosen].tabIndex = 0;
  const choose = (index) => {
    cells[chosen].tabIndex = -1;
    for (const old of document.querySelectorAll(".cell.chosen")) old.classList.remove("chosen");
    cells[chosen].removeAttribute("aria-describedby");
    chosen = index;
    cells[chosen].tabIndex = 0;
    cells[chosen].classList.add("chosen");
    cells[chosen].setAttribute("aria-describedby", "formula");
    showCell(inspect(index));
  };
  const indexOf = (event) => cells.indexOf(event.target.closest(".cell"));
  grid.addEventListener("focusin", (event) => indexOf(event) >= 0 && choose(indexOf(event)));
  grid.addEventListener("pointerover", (event) => indexOf(event) >= 0 && choose(indexOf(event)));
  grid.addEventListener("click", (event) => indexOf(event) >= 0 && cells[indexOf(event)].focus());
  grid.addEventListener("keydown", (event) => {
    const row = Math.floor(chosen / columns) * columns;
    const target = {
      ArrowLeft: chosen - 1,
      ArrowRight: chosen + 1,
      ArrowUp: chosen - columns,
      ArrowDown: chosen + columns,
      Home: event.ctrlKey ? 0 : row,
      End: event.ctrlKey ? cells.length - 1 : row + columns - 1,
    }[event.key];
    if (event.key === "Escape") document.getElementById("next").focus();
    else if (target === undefined) return;
    else if (target >= 0 && target < cells.length) cells[target].focus();
    event.preventDefault();
    event.stopPropagation();
  });
  grid.choose = () => choose(chosen);
}

// A row of numbers, folded so that each line is as wide as one head.
function vector(row, options = {}) {
  const fold = Math.min(row.length, options.fold ?? foldWidth());
  const scale = options.scale ?? (row.key ? largestOf(row.key) : scaleOf(row));
  const lines = Math.ceil(row.length / fold);
  const name = (i) => (row.key ? `${shortName(row.key)}[${[...row.index, i].join(", ")}]` : `${row.name}[${i}]`);
  return cellGrid({
    rows: lines,
    columns: fold,
    class: lines > 8 ? "vector tall" : "vector",
    label: `${options.caption ?? row.name}, ${row.length} numbers`,
    rowHeads: options.lines ?? Array.from({ length: lines }, (_, r) => String(r * fold)),
    at: (r, c) => ({ value: row.at(r * fold + c), differs: row.differs(r * fold + c) }),
    colour: (value) => valueColour(value, scale),
    name: (r, c) => name(r * fold + c),
    inspect: (r, c) => {
      const i = r * fold + c;
      return { name: name(i), value: row.at(i), row, i, ...(options.inspect?.(i) ?? {}) };
    },
    start: options.start,
  });
}

const foldWidth = () => Math.min(model.d_head, 64);
const scaleOf = (row) => Math.max(...valuesOf(row).map(Math.abs)) || 1;

function figure(title, shape, body, note) {
  return make(
    "figure",
    { class: "figure" },
    make("figcaption", {}, make("b", { text: title }), shape ? make("code", { class: "shape", text: shape }) : null, note ? make("span", { class: "note", text: note }) : null),
    body,
  );
}

const operator = (sign, words) => make("p", { class: "operator" }, make("b", { text: sign }), words ? make("span", { text: words }) : null);

// ------------------------------------------------------------------------------------- heat maps

// Many numbers at a glance: one pixel each, stretched.
function heatMap(rows, columns, at, label) {
  const canvas = make("canvas", { class: "heat", width: columns, height: rows, role: "img", "aria-label": label });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) image.data.set([...at(r, c), 255], 4 * (r * columns + c));
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// A stage at every position: rows are tokens, and a click follows another token.
function everyPosition(key) {
  const array = stageArray(key);
  const width = array.shape[array.shape.length - 1];
  const scale = largestOf(key);
  const values = shown(array);
  const canvas = heatMap(nSeq, width, (r, c) => valueColour(values[r * width + c], scale), `${shortName(key)} at all ${nSeq} positions as a heat map`);
  const names = make("div", { class: "heat-names", "aria-hidden": "true" });
  for (let p = 0; p < nSeq; p++) names.append(make("span", { class: p === state.position ? "here" : "", text: tokenAt(p) }));
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    update({ position: Math.min(nSeq - 1, Math.floor(((event.clientY - box.top) / box.height) * nSeq)) });
  });
  return figure("All positions", `[${nSeq}, ${width}]`, make("div", { class: "heat-box" }, names, canvas), "click a row to follow that token");
}

function legend(scale) {
  const bar = heatMap(1, 65, (_, c) => valueColour(((c - 32) / 32) * scale, scale), "colour scale");
  return make("p", { class: "legend" }, make("span", { text: digits(-scale, 2) }), bar, make("span", { text: `+${digits(scale, 2)}` }));
}

// A table in plain HTML, for the text alternative.
function table(caption, columnHeads, rowHeads, text) {
  const head = make("tr", {}, make("td"), ...columnHeads.map((head) => make("th", { scope: "col", text: head })));
  const lines = rowHeads.map((rowHead, r) =>
    make("tr", {}, make("th", { scope: "row", text: rowHead }), ...columnHeads.map((_, c) => make("td", { text: text(r, c) }))),
  );
  return make("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": caption }, make("table", {}, make("caption", { text: caption }), make("thead", {}, head), make("tbody", {}, ...lines)));
}

function vectorTable(row, caption) {
  const fold = Math.min(row.length, foldWidth());
  const lines = Array.from({ length: Math.ceil(row.length / fold) }, (_, r) => String(r * fold));
  return table(caption ?? row.name, Array.from({ length: fold }, (_, c) => `+${c}`), lines, (r, c) => digits(row.at(r * fold + c)) + (row.differs(r * fold + c) ? " ≠" : ""));
}
