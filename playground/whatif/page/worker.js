// The worker: everything that takes longer than a moment. The page sends what it wants to know as one job,
// and a later job takes the place of an earlier one that is not finished.

let engine = null;
let tokenizer = null;
let passage = [];
let latest = 0;

const written = new Map(); // texts that were written already, by what they depend on
const surprises = new Map(); // and how surprising the passage was

onmessage = ({ data }) => {
  if (data.kind === "load") {
    engine = makeEngine(unpackModel(data.facts, data.numbers));
    tokenizer = makeTokenizer(data.tokens);
    passage = encode(data.passage, tokenizer);
    postMessage({ kind: "ready" });
  } else {
    latest = data.job;
    study(data).catch((error) => postMessage({ kind: "failed", job: data.job, message: String(error) }));
  }
};

// Lets messages in; false when a later job has come.
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
const stale = async (job) => (await pause(), job !== latest);

async function study(wanted) {
  const { job, ids, change, look } = wanted;
  const start = performance.now();
  engine.computed = 0;
  const runs = { truth: run(engine, ids), changed: run(engine, ids, change) };
  const scores = Object.fromEntries(Object.entries(runs).map(([which, result]) => [which, lastScores(result)]));
  const ms = performance.now() - start;
  postMessage({ kind: "next", job, scores, ms, computed: engine.computed, weights: weightsAt(runs.changed, look) });
  for (const which of ["truth", "changed"]) {
    if (await stale(job)) return;
    if (!(await write(wanted, which, runs[which]))) return;
  }
  for (const which of ["truth", "changed"]) {
    if (await stale(job)) return;
    postMessage({ kind: "loss", job, which, surprises: passageSurprises(which === "truth" ? NO_CHANGE : change) });
  }
  if (wanted.second && !(await trace(wanted, runs.truth))) return;
  postMessage({ kind: "done", job });
}

function lastScores(result) {
  const rows = result.stream.at(-1).rows;
  return Float32Array.from(logits(engine, result, rows - 1).data);
}

function weightsAt(result, { block, head }) {
  const weights = result.layers.find((layer) => layer.block === block)?.weights[head];
  return weights ? { rows: weights.rows, data: Float32Array.from(weights.data) } : null;
}

// Token after token, drawn with one generator of chance for both texts. False when a later job has come.
async function write(wanted, which, first) {
  const { job, ids, settings, seed, count } = wanted;
  const change = which === "truth" ? NO_CHANGE : wanted.change;
  const key = JSON.stringify([ids, change, settings, seed, count]);
  const steps = written.get(key) ?? [];
  if (steps.length) postMessage({ kind: "text", job, which, steps, from: 0 });
  const text = [...ids, ...steps.map((step) => step.id)];
  const chance = makeChance(seed);
  for (let i = 0; i < steps.length; i += 1) chance();
  let result = steps.length === 0 ? first : null;
  while (steps.length < count) {
    if (await stale(job)) return false;
    const past = result?.recipe.keepsPast && result.ids.length < text.length ? result : null;
    if (!result || result.ids.length < text.length) result = run(engine, [...text], change, past);
    const scores = lastScores(result);
    const id = sample(nextTokenProbs(scores, settings, text.slice(ids.length)), chance());
    steps.push({ id, scores });
    text.push(id);
    postMessage({ kind: "text", job, which, steps: steps.slice(-1), from: steps.length - 1 });
  }
  written.set(key, steps);
  if (written.size > 40) written.delete(written.keys().next().value);
  return true;
}

// How surprised the model is by each token of the passage, from the second on. What was changed in the
// reader's own text (single cells, patches) has no place in the passage.
function passageSurprises({ mistakes, off }) {
  const key = JSON.stringify([mistakes, [...off].sort()]);
  if (!surprises.has(key)) {
    const change = { ...NO_CHANGE, mistakes, off };
    const scores = logits(engine, run(engine, passage.slice(0, -1), change));
    surprises.set(key, Float32Array.from({ length: scores.rows }, (_, row) => surprise(scores, row, passage[row + 1])));
  }
  return surprises.get(key);
}

// For every place and layer: the probability of the second text's favourite token after one patch there.
async function trace({ job, ids, second }, truth) {
  const target = argmax(lastScores(run(engine, second)));
  const behind = second.length - ids.length; // the ends of the two texts face each other
  for (let block = -1; block < engine.model.config.n_layer; block += 1) {
    const shares = new Float32Array(ids.length);
    for (let place = Math.max(0, -behind); place < ids.length; place += 1) {
      if (await stale(job)) return false;
      const patches = [{ block, place, from: second, row: place + behind }];
      shares[place] = shareOf(lastScores(run(engine, ids, { ...NO_CHANGE, patches })), target);
    }
    postMessage({ kind: "trace", job, block, shares, target, before: shareOf(lastScores(truth), target) });
  }
  return true;
}

function argmax(numbers) {
  return numbers.reduce((best, number, i) => (number > numbers[best] ? i : best), 0);
}

function shareOf(scores, token) {
  const shares = Float64Array.from(scores);
  softmax(shares, 0, shares.length);
  return shares[token];
}
