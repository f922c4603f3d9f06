// Small helpers to build the page with. Text is always set as text, never as markup.

const byId = (id) => document.getElementById(id);

// make("p", {class: "note", text: "…"}, child, …): attributes, listeners as onclick, and children.
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "path", "rect", "line", "g", "text"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") node.textContent = value;
    else if (key === "style") for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function fill(id, ...children) {
  byId(id).replaceChildren(...children.filter((child) => child !== null));
}

function percent(share) {
  if (share >= 0.9995) return "100 %";
  if (share < 0.0005) return share > 0 ? "< 0.1 %" : "0 %";
  return `${(100 * share).toFixed(share < 0.1 || share > 0.99 ? 1 : 0)} %`;
}

// Draw a part of the page anew; whoever had the focus in it has it again.
function redraw(id, ...children) {
  const held = document.activeElement;
  const inside = byId(id).contains(held);
  const place = inside && [...byId(id).querySelectorAll("button")].filter((button) => nameOf(button) === nameOf(held)).indexOf(held);
  fill(id, ...children);
  if (inside) [...byId(id).querySelectorAll("button")].filter((button) => nameOf(button) === nameOf(held))[Math.max(0, place)]?.focus({ preventScroll: true });
}

// What stays the same about a button when it is drawn anew.
const nameOf = (node) => node.dataset.at ?? node.getAttribute("aria-label") ?? node.textContent;

const number = (n) => n.toLocaleString("en-US");

// A token as a reader can see it: spaces and line breaks are drawn, lone bytes are in hexadecimal.
function visible(id) {
  if (id === tokenizer.endOfText) return "<|endoftext|>";
  const text = decode([id], tokenizer);
  if (text.includes("\ufffd")) return [...tokenizer.tokens[id]].map((byte) => `⟨${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}⟩`).join("");
  return text.replace(/ /g, "␣").replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/\p{C}/gu, "·");
}

// A token as it is spoken.
const spoken = (id) => visible(id).replace(/␣/g, "space ").replace(/⏎/g, "line break").trim();

// A button that is on or off.
function toggle({ id, label, on, act, describedby, className = "switch" }) {
  return make("button", { id, type: "button", role: "switch", class: className, "aria-checked": String(on), "aria-describedby": describedby, onclick: act }, make("span", { class: "knob", "aria-hidden": "true" }), make("span", { class: "label", text: label }));
}

// One of several: a row of buttons of which one is pressed.
function choice(label, options, chosen, act) {
  return make("div", { class: "choice", role: "group", "aria-label": label }, make("span", { class: "choice-label", text: label, "aria-hidden": "true" }), ...options.map(([value, text]) => make("button", { type: "button", "aria-pressed": String(value === chosen), "aria-label": `${label} ${text}`, onclick: () => act(value), text })));
}

// A slider with its name and its value in words.
function slider({ id, label, min, max, step, value, say, act }) {
  const out = make("output", { for: id, text: say(value) });
  const input = make("input", { id, type: "range", min, max, step, value, "aria-valuetext": say(value) });
  input.addEventListener("input", () => {
    out.textContent = say(Number(input.value));
    input.setAttribute("aria-valuetext", say(Number(input.value)));
    act(Number(input.value));
  });
  return make("div", { class: "slider" }, make("label", { for: id, text: label }), out, input);
}

// Arrow keys walk through a grid of buttons, of which one is in the tab order.
function walk(event, cells, columns) {
  const at = cells.indexOf(event.target.closest("button"));
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  const to = at + (steps[event.key] ?? 0);
  if (at < 0 || to === at || !cells[to]) return;
  event.preventDefault();
  cells[at].tabIndex = -1;
  cells[to].tabIndex = 0;
  cells[to].focus();
}
