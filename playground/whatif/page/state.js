// What is chosen, what has come back from the worker, and the way between the two.

const facts = JSON.parse(byId("facts").textContent);
const tokenizer = makeTokenizer(facts.tokens);
const { config } = facts.model;
const BLIND = Math.log(config.n_vocab); // the loss of a model that knows nothing
const COUNT = 40; // tokens that are written
const TOP_K = [1, 2, 3, 5, 8, 12, 20, 40, 80, 150, 300, 700, 0]; // 0: all

const state = {
  prompt: "ROMEO:\nO, my",
  change: { mistakes: [], off: [], cells: [], patches: [] },
  settings: { temperature: 0.7, topK: 40, topP: 1, penalty: 0 },
  seed: 1,
  look: { block: 1, head: 2 },
  cell: null, // the attention cell that is being edited
  second: "KING EDWARD I",
  at: 0, // the written token whose choice is shown
  shade: "changed", // whose surprise colours the passage
};

// What the worker has said about the latest job.
const seen = { ids: [], scores: null, weights: null, texts: { truth: [], changed: [] }, loss: {}, trace: null, ms: null, computed: null };

const isChanged = () => Object.values(state.change).some((list) => list.length > 0);
// Mistakes and parts that are off are there for every text; cells and patches belong to the reader's own.
const reachesPassage = () => state.change.mistakes.length + state.change.off.length > 0;
const fitting = (ids) => ids.slice(-(config.n_ctx - COUNT));

let worker = null;
let job = 0;
let loaded = false;

function startWorker() {
  const url = URL.createObjectURL(new Blob([byId("worker-script").textContent], { type: "text/javascript" }));
  const policy = globalThis.trustedTypes?.createPolicy("whatif", { createScriptURL: (own) => own });
  worker = new Worker(policy ? policy.createScriptURL(url) : url);
  worker.onmessage = ({ data }) => receive(data);
  worker.onerror = (event) => fail(event.message || "this browser does not let a page start its worker");
  worker.postMessage({ kind: "load", facts: facts.model, numbers: byId("numbers").textContent.trim(), tokens: facts.tokens, passage: facts.passage });
  byId("numbers").remove();
}

function fail(message) {
  byId("status").textContent = `The model could not run: ${message}`;
  byId("status").className = "card";
}

// Ask the worker for everything that depends on what is chosen now.
function ask() {
  if (!loaded) return;
  const ids = fitting(encode(state.prompt, tokenizer));
  if (!ids.length) return;
  seen.ids = ids;
  seen.trace = null;
  job += 1;
  const second = byId("patch-box").open ? fitting(encode(state.second, tokenizer)) : [];
  worker.postMessage({ kind: "study", job, ids, change: state.change, settings: state.settings, seed: state.seed, count: COUNT, look: state.look, second: second.length ? second : null });
  document.body.dataset.busy = "yes";
}

function receive(data) {
  if (data.kind === "ready") {
    loaded = true;
    ask();
    return;
  }
  if (data.job !== job) return;
  if (data.kind === "next") {
    Object.assign(seen, { scores: data.scores, weights: data.weights, ms: data.ms, computed: data.computed, texts: { truth: [], changed: [] } });
    drawNext();
    drawAttentionGrid();
    drawPatch();
    drawSmallPrint();
  } else if (data.kind === "text") {
    seen.texts[data.which].splice(data.from, Infinity, ...data.steps);
    drawTexts();
    if (state.at > 0) drawNext();
  } else if (data.kind === "loss") {
    seen.loss[data.which] = data.surprises;
    drawLoss();
  } else if (data.kind === "trace") {
    seen.trace ??= { shares: new Map() };
    Object.assign(seen.trace, { target: data.target, before: data.before });
    seen.trace.shares.set(data.block, data.shares);
    drawPatch();
  } else if (data.kind === "done") {
    document.body.dataset.busy = "no";
    announce();
  } else if (data.kind === "failed") {
    fail(data.message);
  }
}

// --------------------------------------------------------------------------- changes, and the address

function changeModel(edit) {
  edit(state.change);
  if (state.cell && !state.change.cells.includes(state.cell)) {
    state.cell = null;
    drawAttention();
  }
  drawChanges();
  remember();
  ask();
}

function changeText(text) {
  state.prompt = text;
  state.at = 0;
  state.cell = null;
  // Cells and patches belong to places of the old text.
  state.change.cells = [];
  state.change.patches = [];
  drawPrompt();
  drawChanges();
  drawAttention();
  ask();
}

function switchMistake(id) {
  changeModel((change) => {
    const on = change.mistakes.includes(id);
    const out = on ? [id] : rivals(id);
    change.mistakes = change.mistakes.filter((other) => !out.includes(other)).concat(on ? [] : [id]);
  });
}

function switchPart(part) {
  changeModel((change) => {
    change.off = change.off.includes(part) ? change.off.filter((other) => other !== part) : [...change.off, part];
  });
}

// #mistake=attention.no-scale,gpt2.no-positions&off=0.mlp
function remember() {
  const { mistakes, off } = state.change;
  const parts = [mistakes.length && `mistake=${mistakes.join(",")}`, off.length && `off=${off.join(",")}`].filter(Boolean);
  history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname + location.search);
}

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const listed = (name) => (given.get(name) ?? "").split(",").filter(Boolean);
  const known = listed("mistake").filter((id) => id in MISTAKES);
  const parts = listed("off").filter((part) => /^[0-3](\.attn|\.mlp|\.head\.[0-3])?$/.test(part));
  if (!known.length && !parts.length) return false;
  state.change.mistakes = known.filter((id, i) => !known.slice(i + 1).some((later) => rivals(later).includes(id)));
  state.change.off = parts;
  return true;
}
