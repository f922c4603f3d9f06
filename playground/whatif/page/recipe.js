// GPT-2 is a handful of decisions. RIGHT makes all of them as GPT-2 does; each of the kata's mistakes makes
// one or two of them differently. The forward pass (forward.js) asks the recipe and nothing else.

const RIGHT = {
  // Step 1 and 7: what the MLP puts between its two layers.
  activation: gelu,
  // Step 3.
  norm: layerNorm,
  // Step 4: whether linear layers add their bias.
  bias: true,
  // Step 5: what scores are divided by, who may see whom, what a query and a key are, and what makes weights of scores.
  scale: (dHead) => Math.sqrt(dHead),
  visible: (query, key) => key <= query,
  shareOut: shareOutKeys,
  // Step 6: which third of c_attn's output is q, k and v; where head h finds feature d of a token, before
  // and after attention; whether c_proj mixes what the heads found.
  parts: [0, 1, 2],
  split: columnsOfAHead,
  merge: columnsOfAHead,
  project: true,
  // Step 8: how a block's two halves and its two norms are wired.
  wire: (x, { attn, mlp, ln_1, ln_2 }) => {
    const middle = added(x, attn(ln_1(x)));
    return added(middle, mlp(ln_2(middle)));
  },
  // Step 9: which row of wpe a place gets, the order of the blocks, and whether ln_f is applied.
  position: (place) => place,
  order: (blocks) => blocks,
  lastNorm: true,
  // Whether a token's numbers never depend on later tokens or on the text's length, so that they may be kept.
  keepsPast: true,
};

// Head h gets columns h*d_head to (h+1)*d_head - 1 of every token's row.
function columnsOfAHead(head, dHead, nHead) {
  return (token, feature) => token * nHead * dHead + head * dHead + feature;
}

// A reshape straight to [n_head, n_seq, d_head]: a head gets some tokens' whole rows, not some columns.
function straightReshape(head, dHead) {
  return (token, feature, nSeq) => (head * nSeq + token) * dHead + feature;
}

const wholeText = { keepsPast: false };

const MISTAKES = {
  "gelu.relu": { activation: (x) => Math.max(x, 0) },
  "gelu.tanh": { activation: Math.tanh },
  "gelu.erf": { activation: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)) },
  "layer_norm.axis-0": { norm: normAlongTokens, ...wholeText },
  "layer_norm.no-gain-no-bias": { norm: (x, _, eps) => layerNorm(x, plain(x.cols), eps) },
  "linear.no-bias": { bias: false },
  "causal_mask.no-mask": { visible: () => true, ...wholeText },
  "causal_mask.one-ahead": { visible: (query, key) => key <= query + 1, ...wholeText },
  "attention.no-scale": { scale: () => 1 },
  "attention.q-and-k-swapped": { parts: [1, 0, 2] },
  "attention.softmax-over-queries": { shareOut: shareOutQueries, ...wholeText },
  "split_heads.reshape-only": { split: straightReshape, ...wholeText },
  "merge_heads.reshape-only": { merge: straightReshape, ...wholeText },
  "mha.v-k-q": { parts: [2, 1, 0] },
  "mha.no-projection": { project: false },
  "feed_forward.no-gelu": { activation: (x) => x },
  "transformer_block.post-norm": {
    wire: (x, { attn, mlp, ln_1, ln_2 }) => {
      const middle = ln_1(added(x, attn(x)));
      return ln_2(added(middle, mlp(middle)));
    },
  },
  "transformer_block.no-residuals": { wire: (x, { attn, mlp, ln_1, ln_2 }) => mlp(ln_2(attn(ln_1(x)))) },
  "transformer_block.no-first-residual": {
    wire: (x, { attn, mlp, ln_1, ln_2 }) => {
      const middle = attn(ln_1(x));
      return added(middle, mlp(ln_2(middle)));
    },
  },
  "transformer_block.no-second-residual": {
    wire: (x, { attn, mlp, ln_1, ln_2 }) => mlp(ln_2(added(x, attn(ln_1(x))))),
  },
  "transformer_block.no-norms": {
    wire: (x, { attn, mlp }) => {
      const middle = added(x, attn(x));
      return added(middle, mlp(middle));
    },
  },
  "transformer_block.parallel": {
    wire: (x, { attn, mlp, ln_1, ln_2 }) => added(added(x, attn(ln_1(x))), mlp(ln_2(x))),
  },
  "gpt2.no-positions": { position: () => null },
  "gpt2.positions-from-1": { position: (place) => place + 1 },
  "gpt2.blocks-reversed": { order: (blocks) => blocks.toReversed?.() ?? [...blocks].reverse() },
  "gpt2.no-ln_f": { lastNorm: false },
};

// GPT-2 with these mistakes in it. Where two of them make the same decision, the later one counts.
function recipeWith(mistakes) {
  const recipe = Object.assign({}, RIGHT, ...mistakes.map((id) => MISTAKES[id]));
  recipe.keepsPast = mistakes.every((id) => MISTAKES[id].keepsPast ?? true);
  return recipe;
}

// Mistakes that make a decision which this one makes as well: only one of them can be on.
function rivals(id) {
  const decisions = (name) => Object.keys(MISTAKES[name]).filter((key) => key !== "keepsPast");
  return Object.keys(MISTAKES).filter((other) => other !== id && decisions(other).some((key) => decisions(id).includes(key)));
}

// ----------------------------------------------------------------- what the mistakes need of their own

function plain(n) {
  return { g: { data: new Float64Array(n).fill(1) }, b: { data: new Float64Array(n) } };
}

function transposed(x) {
  const y = matrix(x.cols, x.rows);
  for (let i = 0; i < x.rows; i += 1) for (let j = 0; j < x.cols; j += 1) y.data[j * x.rows + i] = x.data[i * x.cols + j];
  return y;
}

// Mean and variance of every feature over the tokens, as batch norm takes them.
function normAlongTokens(x, { g, b }, eps) {
  const y = transposed(layerNorm(transposed(x), plain(x.rows), eps));
  for (let i = 0; i < y.data.length; i += 1) y.data[i] = y.data[i] * g.data[i % x.cols] + b.data[i % x.cols];
  return y;
}

function shareOutQueries(scores) {
  for (let column = 0; column < scores.cols; column += 1) softmax(scores.data, column, scores.rows, scores.cols);
}

// The error function, to about 15 digits: a series near 0, a continued fraction further out.
function erf(x) {
  const size = Math.abs(x);
  if (size < 2.5) {
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = size;
  for (let n = 60; n > 0; n -= 1) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction);
}
