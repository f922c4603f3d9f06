// Attention, layer by head: small pictures to choose from, and the chosen head large, cell by cell.
// Row = the token that looks (query), column = the token it looks at (key). Darker = more weight.
const LIGHT = [[247, 249, 255], [160, 186, 240], [47, 91, 215], [13, 27, 92]];
const DARK = [[24, 28, 40], [43, 74, 150], [122, 162, 255], [236, 243, 255]];

function shade(weight, dark) {
  const scale = dark ? DARK : LIGHT;
  const x = Math.sqrt(Math.max(0, Math.min(1, weight))) * (scale.length - 1);
  const low = Math.min(Math.floor(x), scale.length - 2);
  return scale[low].map((c, i) => Math.round(c + (scale[low + 1][i] - c) * (x - low)));
}

const MARGIN = 88; // for the names of the tokens, where there is room for them
const NUMBERS = 44; // for their positions, where there is not
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

function picture(canvas, weights, n, dark) {
  canvas.width = canvas.height = n;
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, n);
  weights.forEach((weight, i) => image.data.set([...shade(weight, dark), 255], 4 * i));
  context.putImageData(image, 0, 0);
}

function thumbnails(grid, data, dark, choose) {
  const all = bytes(data.thumbs);
  const size = data.thumb_size;
  grid.style.gridTemplateColumns = `auto repeat(${data.n_head}, minmax(22px, 1fr))`;
  const focused = grid.querySelector(":focus")?.dataset.place;
  grid.replaceChildren();
  const label = (text) => {
    const element = document.createElement("span");
    element.className = "label";
    element.textContent = text;
    grid.append(element);
  };
  label("");
  for (let head = 0; head < data.n_head; head++) label(data.n_head > 8 ? head : `head ${head}`);
  const places = [];
  for (let layer = 0; layer < data.n_layer; layer++) {
    label(data.n_head > 8 ? layer : `layer ${layer}`);
    for (let head = 0; head < data.n_head; head++) {
      const button = document.createElement("button");
      const at = (layer * data.n_head + head) * size * size;
      const canvas = document.createElement("canvas");
      picture(canvas, Array.from(all.subarray(at, at + size * size), (v) => v / 255), size, dark);
      const pressed = layer === data.layer && head === data.head;
      button.type = "button";
      button.dataset.place = `${layer}.${head}`;
      button.setAttribute("aria-label", `layer ${layer}, head ${head}`);
      button.setAttribute("aria-pressed", String(pressed));
      button.title = `layer ${layer}, head ${head}`;
      button.tabIndex = pressed ? 0 : -1;
      button.onclick = () => choose(layer, head);
      button.append(canvas);
      grid.append(button);
      places.push(button);
    }
  }
  grid.onkeydown = (event) => {
    const at = places.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: data.n_head, ArrowUp: -data.n_head }[event.key];
    if (at < 0 || step === undefined || !places[at + step]) return;
    event.preventDefault();
    places[at + step].focus();
    choose(...places[at + step].dataset.place.split(".").map(Number));
  };
  if (focused !== undefined) places.find((b) => b.dataset.place === focused)?.focus();
}

function large(canvas, readout, data, dark, ink, width) {
  const weights = new Float32Array(bytes(data.weights).buffer);
  const n = data.tokens.length;
  const room = Math.max(200, Math.min(640, width || 560));
  const named = room - MARGIN >= 8 * n;
  const margin = named ? MARGIN : NUMBERS;
  const fit = (room - margin - 4) / n; // a wide map is drawn in fractions of a pixel: all of it is seen
  const cell = Math.min(30, fit < 4 ? fit : Math.floor(fit));
  const ratio = globalThis.devicePixelRatio || 1;
  const side = margin + n * cell + 4;
  Object.assign(canvas, { width: side * ratio, height: side * ratio });
  Object.assign(canvas.style, { width: `${side}px`, height: `${side}px` });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  let at = { row: n - 1, column: 0 };
  for (let key = 0; key < n; key++) if (weights[(n - 1) * n + key] > weights[(n - 1) * n + at.column]) at.column = key;

  const short = (text) => (text.length > 11 ? `${text.slice(0, 10)}…` : text);
  function draw() {
    context.clearRect(0, 0, side, side);
    for (let row = 0; row < n; row++) {
      for (let column = 0; column <= row; column++) {
        context.fillStyle = `rgb(${shade(weights[row * n + column], dark)})`;
        context.fillRect(margin + column * cell, margin + row * cell, cell - (cell > 6), cell - (cell > 6));
      }
    }
    if (named) {
      context.font = `${Math.min(13, cell + 1)}px ${ink.font}`;
      context.textBaseline = "middle";
      for (let i = 0; i < n; i++) {
        context.fillStyle = ink.text;
        context.globalAlpha = i === at.row ? 1 : 0.72;
        context.textAlign = "right";
        context.fillText(short(data.tokens[i]), margin - 6, margin + (i + 0.5) * cell);
        context.globalAlpha = i === at.column ? 1 : 0.72;
        context.save();
        context.translate(margin + (i + 0.5) * cell, margin - 6);
        context.rotate(-Math.PI / 2);
        context.textAlign = "left";
        context.fillText(short(data.tokens[i]), 0, 0);
        context.restore();
      }
      context.globalAlpha = 1;
    }
    if (!named) {
      context.fillStyle = ink.text;
      context.font = `11px ${ink.font}`;
      const every = [5, 10, 20, 50, 100].find((step) => step * cell >= 28) ?? 200;
      context.textBaseline = "middle";
      for (let i = 0; i < n; i += every) {
        context.textAlign = "right";
        context.fillText(i, margin - 6, margin + (i + 0.5) * cell);
        context.textAlign = "center";
        context.fillText(i, margin + (i + 0.5) * cell, margin - 10);
      }
      context.fillText("position of the key →", margin + (n * cell) / 2, 10);
      context.save();
      context.translate(9, margin + (n * cell) / 2);
      context.rotate(-Math.PI / 2);
      context.fillText("← position of the query", 0, 0);
      context.restore();
    }
    context.strokeStyle = ink.mark;
    context.lineWidth = 2;
    context.strokeRect(margin + at.column * cell - 1, margin + at.row * cell - 1, cell + 1, cell + 1);
    context.lineWidth = 1;
    context.strokeRect(margin - 1.5, margin + (n - 1) * cell - 1.5, n * cell + 2, cell + 2);
    const weight = weights[at.row * n + at.column];
    const seen = at.column > at.row ? "cannot look at" : "looks at";
    readout.textContent =
      `“${data.tokens[at.row]}” (position ${at.row}) ${seen} “${data.tokens[at.column]}” (position ${at.column})` +
      (at.column > at.row ? ": it comes later" : `: ${weight.toPrecision(4)}`);
    canvas.setAttribute("aria-label", `Attention of layer ${data.layer}, head ${data.head}. ${readout.textContent}`);
  }
  function move(row, column) {
    at = { row: Math.max(0, Math.min(n - 1, row)), column: Math.max(0, Math.min(n - 1, column)) };
    draw();
  }
  canvas.onmousemove = (event) => {
    const box = canvas.getBoundingClientRect();
    const place = (p) => Math.floor((p - margin) / cell);
    const [row, column] = [place(event.clientY - box.top), place(event.clientX - box.left)];
    if (row >= 0 && column >= 0 && row < n && column < n) move(row, column);
  };
  canvas.onkeydown = (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    move(at.row + step[0], at.column + step[1]);
  };
  draw();
}

export default function ({ parentElement, data, setTriggerValue }) {
  const find = (id) => parentElement.querySelector(`#${id}`);
  const style = getComputedStyle(find("attention"));
  const [r, g, b] = style.color.match(/[\d.]+/g).map(Number);
  const dark = r + g + b > 384; // light text: a dark page
  thumbnails(find("grid"), data, dark, (layer, head) => setTriggerValue("pick", [layer, head]));
  find("title").textContent = `Layer ${data.layer}, head ${data.head}: row looks at column`;
  const ink = { text: style.color, mark: dark ? "#ffb067" : "#b4540a", font: style.fontFamily };
  const [scale, steps] = [find("scale"), 64];
  Object.assign(scale, { width: steps, height: 1 });
  for (let i = 0; i < steps; i++) {
    const context = scale.getContext("2d");
    context.fillStyle = `rgb(${shade(i / (steps - 1), dark)})`;
    context.fillRect(i, 0, 1, 1);
  }
  large(find("large"), find("readout"), data, dark, ink, find("frame").clientWidth);
}
