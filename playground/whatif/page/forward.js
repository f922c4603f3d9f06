// The forward pass: token ids, a recipe and a change in, logits out; layers that a change does not reach
// are taken from memory.
//
// A change is {mistakes: [id], off: [part], cells: [{block, head, query, key, weight}],
// patches: [{block, place, from, row}]}:
//   off     parts that add nothing: "0" (a block), "0.attn", "0.mlp", "0.head.3"
//   cells   attention weights set by hand; the rest of the row shares what is left
//   patches the stream at `place` after a block (-1: the embeddings) is row `row` of another text, `from`
const NO_CHANGE = { mistakes: [], off: [], cells: [], patches: [] };
const KEPT = 48; // layers in memory, the latest ones

function makeEngine(model) {
  return { model, kept: new Map(), computed: 0 };
}

// The text's residual stream after every layer, and what attention looked at.
// Returns {stream: [embeddings, after block, ...], layers: [{block, x, k, v, weights}], recipe}.
// `past` is such a result for the first tokens of the text under the same change.
function run(engine, ids, change = NO_CHANGE, past = null) {
  const { model } = engine;
  const recipe = recipeWith(change.mistakes);
  const first = past ? past.ids.length : 0;
  if (past && !recipe.keepsPast) throw new Error("with this mistake nothing may be kept");
  const order = recipe.order(model.blocks.map((_, block) => block));
  const early = change.mistakes.filter((id) => !("lastNorm" in MISTAKES[id]));
  let key = JSON.stringify([ids, early, changeOf(change, -1)]);
  let x = remembered(engine, past ? null : key, () => patched(embed(model, ids, first, recipe), change, -1, first, engine));
  const stream = [x];
  const layers = [];
  for (const block of order) {
    key += `|${JSON.stringify(changeOf(change, block))}`;
    const input = x;
    const layer = remembered(engine, past ? null : key, () => {
      engine.computed += 1;
      const made = runBlock(model, input, block, recipe, change, first, past?.layers[layers.length]);
      made.x = patched(made.x, change, block, first, engine);
      return made;
    });
    x = layer.x;
    layers.push(layer);
    stream.push(x);
  }
  return { ids, stream, layers, recipe };
}

// The scores of every possible next token, for the tokens from `from` on.
function logits(engine, result, from = 0) {
  const { model } = engine;
  const rows = result.stream.at(-1);
  const last = matrix(rows.rows - from, rows.cols);
  last.data.set(rows.data.subarray(from * rows.cols));
  const { norm, lastNorm } = result.recipe;
  // A norm along the tokens needs all of them; any other one only the rows that are asked for.
  if (!lastNorm) return logitsOf(last, model.wte);
  if (result.recipe.keepsPast) return logitsOf(norm(last, model.ln_f, model.config.eps), model.wte);
  return logitsOf(norm(rows, model.ln_f, model.config.eps), model.wte, from);
}

// What of a change touches this block.
function changeOf(change, block) {
  return [
    change.off.filter((part) => part.split(".")[0] === String(block)).sort(),
    change.cells.filter((cell) => cell.block === block),
    change.patches.filter((patch) => patch.block === block),
  ];
}

function remembered(engine, key, make) {
  if (key === null) return make();
  const found = engine.kept.get(key) ?? make();
  engine.kept.delete(key);
  engine.kept.set(key, found);
  if (engine.kept.size > KEPT) engine.kept.delete(engine.kept.keys().next().value);
  return found;
}

function embed(model, ids, first, recipe) {
  const n = model.config.n_embd;
  const x = matrix(ids.length - first, n);
  for (let row = 0; row < x.rows; row += 1) {
    const token = ids[first + row] * n;
    const place = recipe.position(first + row, ids.length);
    for (let i = 0; i < n; i += 1) {
      const position = place === null ? 0 : model.wpe.data[Math.min(place, model.wpe.shape[0] - 1) * n + i];
      x.data[row * n + i] = model.wte.data[token + i] + position;
    }
  }
  return x;
}

// Rows of another text's stream in the place of this one's; the other text runs without any change.
function patched(x, change, block, first, engine) {
  const patches = change.patches.filter(({ block: where, place }) => where === block && place >= first);
  if (!patches.length) return x;
  const y = { ...x, data: x.data.slice() };
  for (const { place, from, row } of patches) {
    const other = run(engine, from).stream[block + 1].data;
    y.data.set(other.subarray(row * x.cols, (row + 1) * x.cols), (place - first) * x.cols);
  }
  return y;
}

function runBlock(model, x, block, recipe, change, first, past) {
  const weights = model.blocks[block];
  const { eps } = model.config;
  const off = (part) => change.off.includes(part ? `${block}.${part}` : String(block));
  const nothing = (rows) => matrix(rows.rows, model.config.n_embd);
  const kept = { block };
  if (off("")) return { ...kept, x, k: past?.k, v: past?.v, weights: [] };
  const out = recipe.wire(x, {
    ln_1: (rows) => recipe.norm(rows, weights.ln_1, eps),
    ln_2: (rows) => recipe.norm(rows, weights.ln_2, eps),
    attn: (rows) => {
      const mixed = mha(model, rows, block, recipe, change, first, past, kept);
      return off("attn") ? nothing(rows) : mixed;
    },
    mlp: (rows) => (off("mlp") ? nothing(rows) : feedForward(rows, weights.mlp, recipe)),
  });
  return { ...kept, x: out };
}

function feedForward(x, { c_fc, c_proj }, recipe) {
  const bias = (layer) => (recipe.bias ? layer.b : null);
  const hidden = mapped(linear(x, c_fc.w, bias(c_fc)), recipe.activation);
  return linear(hidden, c_proj.w, bias(c_proj));
}

// Multi-head attention; leaves k, v and every head's weights in `kept`.
function mha(model, x, block, recipe, change, first, past, kept) {
  const { n_head: nHead, n_embd: nEmbd } = model.config;
  const { c_attn, c_proj } = model.blocks[block].attn;
  const dHead = nEmbd / nHead;
  const qkv = linear(x, c_attn.w, recipe.bias ? c_attn.b : null);
  const [q, newK, newV] = recipe.parts.map((part) => third(qkv, part, nEmbd));
  const k = past ? stacked(past.k, newK) : newK;
  const v = past ? stacked(past.v, newV) : newV;
  const heads = matrix(x.rows, nEmbd);
  kept.k = k;
  kept.v = v;
  kept.weights = [];
  for (let head = 0; head < nHead; head += 1) {
    const at = recipe.split(head, dHead, nHead);
    const weights = attentionWeights(q, k, at, dHead, first, recipe);
    for (const cell of change.cells) if (cell.block === block && cell.head === head) setCell(weights, cell, first);
    kept.weights.push(weights);
    if (change.off.includes(`${block}.head.${head}`)) continue;
    const to = recipe.merge(head, dHead, nHead);
    for (let i = 0; i < x.rows; i += 1) {
      for (let j = 0; j < k.rows; j += 1) {
        const weight = weights.data[i * k.rows + j];
        if (weight === 0) continue;
        for (let d = 0; d < dHead; d += 1) heads.data[to(i, d, x.rows)] += weight * v.data[at(j, d, k.rows)];
      }
    }
  }
  return recipe.project ? linear(heads, c_proj.w, recipe.bias ? c_proj.b : null) : heads;
}

// One weight set by hand. The others of its row keep their proportions and share what is left.
function setCell(weights, { query, key, weight }, first) {
  const row = query - first;
  if (row < 0 || row >= weights.rows || key >= weights.cols) return;
  const start = row * weights.cols;
  const left = 1 - weights.data[start + key];
  for (let j = 0; j < weights.cols; j += 1) weights.data[start + j] *= left > 1e-12 ? (1 - weight) / left : 0;
  weights.data[start + key] = weight;
}

function third(qkv, part, width) {
  const x = matrix(qkv.rows, width);
  for (let row = 0; row < x.rows; row += 1) {
    const start = row * 3 * width + part * width;
    x.data.set(qkv.data.subarray(start, start + width), row * width);
  }
  return x;
}

function stacked(above, below) {
  const x = matrix(above.rows + below.rows, below.cols);
  x.data.set(above.data);
  x.data.set(below.data, above.data.length);
  return x;
}
