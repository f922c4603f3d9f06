// The page: what is chosen, the controls that choose it, and the stage that is drawn.

const state = { at: 0, block: data.blocks[0], head: 0, position: nSeq - 1, show: data.first_difference ? "yours" : "truth", asText: false };

function update(changes) {
  Object.assign(state, changes);
  render();
}

// Another stage of the journey; the block follows the stage.
function visit(index) {
  const at = Math.max(0, Math.min(journey.length - 1, index));
  update({ at, block: journey[at].block ?? state.block });
  const { top } = document.getElementById("stage").getBoundingClientRect();
  if (top < 0 || top > window.innerHeight / 2) window.scrollBy(0, top - 12);
}

function goTo(id, block = state.block, changes = {}) {
  Object.assign(state, changes);
  const index = journey.findIndex((entry) => entry.stage.id === id && (entry.block === null || entry.block === block));
  if (index >= 0) visit(index);
}

const wideScreen = window.matchMedia("(min-width: 900px)");

// ---------------------------------------------------------------------------------------- drawing

function render() {
  const focused = document.activeElement?.id;
  const entry = journey[state.at];
  document.body.dataset.stage = entry.stage.id;
  drawChoosers(entry);
  drawContents(entry);
  drawStage(entry);
  const where = entry.block === null ? "" : `block ${entry.block} · `;
  replace("progress", `${where}${entry.stage.title} · ${state.at + 1} of ${journey.length}`);
  document.getElementById("previous").disabled = state.at === 0;
  document.getElementById("next").disabled = state.at === journey.length - 1;
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  remember(entry);
}

function drawStage(entry) {
  const at = place(entry);
  replace("cell");
  const { nodes, main, words, tables: alternative } = entry.stage.draw(at);
  const made = stageOf(entry);
  const details = make("details", { class: "alternative", id: "alternative", open: state.asText }, make("summary", { text: "Read this stage as text and tables" }));
  const write = () => details.childElementCount === 1 && details.append(make("p", { text: `${entry.stage.why} ${words}` }), ...alternative());
  if (state.asText) write();
  details.addEventListener("toggle", () => {
    state.asText = details.open;
    if (details.open) write();
  });
  const part = entry.block === null ? { Start: "Before the blocks", End: "After the blocks", Maps: "The whole run" }[entry.part] : `Block ${entry.block}`;
  replace(
    "stage",
    make(
      "header",
      { class: "stage-head" },
      make("p", { class: "eyebrow" }, make("span", { text: part }), made?.function ? make("code", { text: `${made.function}()` }) : null),
      make("h2", { id: "stage-title", text: entry.stage.title }),
      whyOf(entry),
      make("p", { class: "words", id: "words", text: words }),
      differenceNote(entry),
    ),
    make("div", { class: "figures" }, ...nodes),
    details,
  );
  main?.choose();
}

// What a stage is for: said once, in the first block; in the others it is folded away.
function whyOf(entry) {
  const words = make("p", { class: "why", text: entry.stage.why });
  if (entry.block === null || entry.block === data.blocks[0]) return words;
  return make("details", { class: "again" }, make("summary", { text: `What it is for, as in block ${data.blocks[0]}` }), words);
}

// How many of a stage's numbers differ, and where the worst one is.
function differenceNote(entry) {
  const lines = keysOf(entry).flatMap((key) => {
    const facts = data.stages[key];
    if (facts?.error) return [`${shortKey(key)}: ${facts.function} failed: ${facts.error}`];
    if (!facts?.differ) return [];
    return [`${shortKey(key)}: ${facts.differ} of ${facts.cells} numbers differ, most at [${facts.at.join(", ")}]: ${digits(facts.yours)} instead of ${digits(facts.truth)}`];
  });
  if (!lines.length) return null;
  return make("div", { class: "comparison" }, ...lines.map((line) => make("p", { text: `≠ ${line}` })));
}

const shortKey = (key) => key.split(".").pop();

function drawChoosers(entry) {
  replace(
    "positions",
    ...data.ids.map((id, p) =>
      make("button", { type: "button", id: `position-${p}`, class: "chip", "aria-pressed": String(p === state.position), "aria-label": `Position ${p} ${tokenText(id)}`, onclick: () => update({ position: p }) }, make("small", { text: String(p) }), " ", make("span", { text: tokenText(id) })),
    ),
  );
  const [box, chip] = [document.getElementById("positions"), document.getElementById(`position-${state.position}`)];
  if (box.scrollWidth > box.clientWidth) box.scrollLeft = chip.offsetLeft - box.clientWidth / 2;
  const blocks = data.blocks.map((block) => ["block", block, String(block), () => (entry.block === null ? update({ block }) : goTo(entry.stage.id, block))]);
  const heads = Array.from({ length: model.n_head }, (_, head) => ["head", head, String(head), () => update({ head })]);
  const kinds = [["show", "truth", "reference", () => update({ show: "truth" })], ["show", "yours", "yours", () => update({ show: "yours" })]];
  dial("blocks", "Block", blocks);
  dial("heads", "Head", heads);
  if (data.first_difference) dial("show", "Numbers", kinds);
}

// A row of buttons, one of which is pressed; a list where there are too many for a row.
function dial(id, title, choices) {
  const chosen = (name, value) => state[name] === value;
  if (choices.length > 12) {
    const list = make("select", { id: `${id}-list`, "aria-label": title, onchange: (event) => choices[event.target.selectedIndex][3]() });
    for (const [name, value, words] of choices) list.append(make("option", { text: words, selected: chosen(name, value) }));
    replace(id, make("span", { text: title }), list);
    return;
  }
  replace(id, make("span", { text: title }), ...choices.map(([name, value, words, onclick]) => make("button", { type: "button", id: `${name}-${value}`, "aria-pressed": String(chosen(name, value)), "aria-label": `${title} ${words}`, text: words, onclick })));
}

function drawContents(entry) {
  const block = entry.block ?? state.block;
  const rows = journey.map((other, index) => ({ other, index })).filter(({ other }) => other.block === null || other.block === block);
  const list = make("ol");
  let part = null;
  for (const { other, index } of rows) {
    if (other.part !== part) {
      part = other.part;
      list.append(make("li", { class: "part", text: { Start: "Start", Block: `Block ${block} of ${model.n_layer}`, End: "Read-out", Maps: "Maps" }[part] }));
    }
    const off = keysOf(other).some((key) => data.stages[key]?.differ || data.stages[key]?.error);
    const button = make("button", { type: "button", id: `go-${other.stage.id}`, class: off ? "off" : "", "aria-current": index === state.at ? "step" : null, onclick: () => visit(index) }, make("span", { text: other.stage.short ?? other.stage.title }), off ? make("b", { text: "≠", title: "differs from the reference" }) : null);
    list.append(make("li", {}, button));
  }
  // On a narrow screen the contents fold away; what was open stays open.
  const open = wideScreen.matches || (document.querySelector("#contents details")?.open ?? false);
  replace("contents", make("details", { open }, make("summary", { text: "Contents" }), list));
  const here = list.querySelector("[aria-current]");
  const box = document.getElementById("contents");
  if (here && box.scrollHeight > box.clientHeight) box.scrollTop = here.offsetTop - box.clientHeight / 2;
}

function drawBanner() {
  const { label, functions, notes } = data.impl;
  const whose = (origin) => Object.keys(functions).filter((name) => functions[name].origin === origin);
  const [mine, theirs, absent] = ["yours", "reference", "not there"].map(whose);
  const compared = Object.values(data.arrays).reduce((sum, entry) => sum + entry.shape.reduce((a, b) => a * b, 1), 0) + 2 * nSeq * model.n_vocab;
  let words = `Truth: ${data.source}. `;
  if (!mine.length) words += `Nothing in ${label} is done yet; the reference runs in its place.`;
  else if (!theirs.length && !absent.length) words += `Compared with ${label} in float32, all ${mine.length} functions its own.`;
  else words += `Compared with ${label} in float32: its own ${mine.join(", ")}${theirs.length ? `; the reference stands in for ${theirs.join(", ")}` : ""}${absent.length ? `; nobody has ${absent.join(", ")}` : ""}.`;
  const parts = [make("p", { class: "whose", id: "whose", text: words })];
  if (data.first_difference) {
    const jump = make("button", { type: "button", id: "jump", text: "Show it", onclick: showFirstDifference });
    parts.push(make("p", { class: "alarm", id: "first-difference" }, make("b", { text: "≠ First difference: " }), `${data.first_difference_text}. `, jump));
  } else if (mine.length) {
    parts.push(make("p", { class: "agree", id: "agreement", text: `✓ All ${compared.toLocaleString("en")} numbers of this run agree.` }));
  }
  for (const note of notes) parts.push(make("p", { class: "whose", text: note }));
  replace("banner", ...parts);
}

function showFirstDifference() {
  const [, block] = data.first_difference.match(/^h\.(\d+)\./) ?? [];
  const facts = data.stages[data.first_difference];
  const perHead = facts.at?.length === 3;
  const changes = facts.at ? { position: perHead ? facts.at[1] : facts.at[0], ...(perHead ? { head: facts.at[0] } : {}) } : {};
  const wanted = block === undefined ? state.block : Number(block);
  const entry = journey.find((other) => (other.block === null || other.block === wanted) && keysOf({ ...other, block: other.block ?? wanted }).includes(data.first_difference));
  if (!entry) return;
  goTo(entry.stage.id, wanted, { show: "yours", ...changes });
  const cell = facts.at ? cellOf(data.first_difference, facts.at) : undefined;
  if (cell) cell.focus();
  else document.getElementById("stage").focus({ preventScroll: true });
}

// The cell on the page that shows one number of a stage. Where an input goes by the same name as the
// stage itself (x before and after a sum), the stage's own comes last.
const cellOf = (key, at) => cellAmong([...document.querySelectorAll("#stage .cell")], key, at);

function cellAmong(cells, key, at) {
  if (key === "logits" || key === "probs") return cells.find((cell) => cell.ariaLabel.startsWith(`${quoted(at[1])}: `));
  const square = key.endsWith(".scores") || key.endsWith(".weights");
  const name = `${shortName(key)}[${(square ? at.slice(1) : at).join(", ")}] = `;
  return cells.filter((cell) => cell.ariaLabel.startsWith(name) || cell.ariaLabel.includes(` + ${name}`)).pop();
}

function drawAround() {
  const { name, n_layer, n_head, n_embd, n_vocab } = model;
  replace("facts", `${name}: ${n_layer} blocks, ${n_head} heads, ${n_embd} wide, ${n_vocab.toLocaleString("en")} tokens`);
  const leftOut = data.blocks.length < n_layer ? ` The page carries blocks ${data.blocks.join(", ")} of ${n_layer}; the others would not fit.` : "";
  replace(
    "small-print",
    make("p", { text: `Every number is from one run of ${name} on the prompt above; nothing is invented or sampled.${leftOut} The reference's numbers are stored as float32 rounded to 16 significant bits, so their four digits are right to one in the last; a formula that is worked out here from such numbers can be off by as much. Where yours differ they are stored in 16 bits, which keeps three digits. A number differs when it is off by more than ${data.tolerance} of its own size plus its stage's root mean square; that is decided before any rounding.` }),
    make("p", { text: "Keys: ← and → step through the journey, m opens the map. Tab reaches a grid, the arrows walk inside it, Esc leaves it. This file needs no network and asks for none." }),
  );
}

// ------------------------------------------------------------------------- theme, address and keys

const darkScreen = window.matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = null;

function applyTheme() {
  const theme = chosenTheme ?? (darkScreen.matches ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = theme === "dark" ? "☀ Light" : "☾ Dark";
  button.title = theme === "dark" ? "Switch to the light theme" : "Switch to the dark theme";
}

// The address says where one is, so that a place can be pointed at and "back" works as expected.
function remember(entry) {
  const block = entry.block === null ? "" : `.${entry.block}`;
  window.history.replaceState(null, "", `#${entry.stage.id}${block};p=${state.position};h=${state.head}`);
}

function recall() {
  const found = window.location.hash.match(/^#([a-z0-9_]+)(?:\.(\d+))?(?:;p=(\d+);h=(\d+))?$/);
  if (!found) return;
  const [, id, block, p, h] = found;
  if (p !== undefined && Number(p) < nSeq) state.position = Number(p);
  if (h !== undefined && Number(h) < model.n_head) state.head = Number(h);
  const index = journey.findIndex((entry) => entry.stage.id === id && (block === undefined || entry.block === Number(block)));
  if (index < 0) return;
  state.at = index;
  state.block = journey[index].block ?? state.block;
}

document.getElementById("previous").addEventListener("click", () => visit(state.at - 1));
document.getElementById("next").addEventListener("click", () => visit(state.at + 1));
document.getElementById("theme").addEventListener("click", () => {
  chosenTheme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  applyTheme();
  render();
});
darkScreen.addEventListener("change", () => {
  applyTheme();
  render();
});
wideScreen.addEventListener("change", render);
window.addEventListener("hashchange", () => {
  recall();
  render();
  const stage = document.getElementById("stage");
  stage.focus({ preventScroll: true });
  if (stage.getBoundingClientRect().top < 0) stage.scrollIntoView();
});
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("select, input, .table-box, .code")) return;
  if (event.key === "m") goTo("map");
  else if (event.key === "ArrowRight") visit(state.at + 1);
  else if (event.key === "ArrowLeft") visit(state.at - 1);
  else return;
  event.preventDefault();
});

applyTheme();
drawBanner();
drawAround();
recall();
render();

// For the console: the page's own numbers, as xray.stage("h.0.scores").truth.
window.xray = Object.freeze({ data, stage: stageArray, places: journey.map(({ stage, block }) => (block === null ? stage.id : `${stage.id}.${block}`)) });
