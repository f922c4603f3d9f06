// From the scores of all tokens to the next one: frequency penalty, temperature, top-k, top-p, in that order.

// `settings` is {temperature, topK, topP, penalty}; topK 0 keeps all; `written` are the ids generated so far.
// Returns {probs, stages}: the distribution that is drawn from, and for the page how many tokens each filter left.
function nextTokenProbs(scores, settings, written = []) {
  const logits = Float64Array.from(scores);
  for (const id of written) logits[id] -= settings.penalty;
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  const probs = Float64Array.from(logits, (logit) => logit / (settings.temperature || 1));
  softmax(probs, 0, probs.length);
  const before = probs.slice();
  let count = probs.length;
  if (settings.temperature === 0) {
    count = 1;
  } else {
    if (settings.topK > 0) count = lastTied(logits, order, Math.min(settings.topK, count));
    if (settings.topP < 1) {
      const mass = massOf(before, order, count);
      let sum = 0, nucleus = 0;
      while (nucleus < count && sum / mass < settings.topP) sum += before[order[nucleus++]];
      count = Math.max(nucleus, 1);
    }
  }
  const kept = massOf(before, order, count);
  probs.fill(0);
  for (let i = 0; i < count; i += 1) probs[order[i]] = before[order[i]] / kept;
  return { probs, before, order, count, kept };
}

// Every token that ties with the k-th stays, as in the kata's solution.
function lastTied(logits, order, k) {
  let count = k;
  while (count < order.length && logits[order[count]] === logits[order[k - 1]]) count += 1;
  return count;
}

function massOf(probs, order, count) {
  let mass = 0;
  for (let i = 0; i < count; i += 1) mass += probs[order[i]];
  return mass;
}

// A small generator of chance with a seed (mulberry32), so that the same seed gives the same text again.
function makeChance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// One draw. The likeliest token lies first, so that two similar distributions mostly draw the same one.
function sample({ probs, order, count }, chance) {
  let left = chance;
  for (let i = 0; i < count; i += 1) {
    left -= probs[order[i]];
    if (left < 0) return order[i];
  }
  return order[count - 1];
}

// How surprised a model is by the token that really follows: -log of its probability, in nats.
function surprise(logits, row, token) {
  const start = row * logits.cols;
  let largest = -Infinity;
  for (let i = 0; i < logits.cols; i += 1) largest = Math.max(largest, logits.data[start + i]);
  let sum = 0;
  for (let i = 0; i < logits.cols; i += 1) sum += Math.exp(logits.data[start + i] - largest);
  return largest + Math.log(sum) - logits.data[start + token];
}
