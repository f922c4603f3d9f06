// The journey: every stage from text to the next token, what it shows and what its formula is.
//
// A stage has: id, part (where in the journey), title, why (one sentence), key (the stage's numbers),
// draw(at) -> {nodes, main (the grid whose cell is chosen first), words, tables}.
// `at` is {h (the key's stem), block, head, p (position)}.

const tables = (...rows) => () => rows.map((row) => vectorTable(row));

function extremes(row) {
  const values = valuesOf(row);
  const top = values.reduce((best, v, i) => (Math.abs(v) > Math.abs(values[best]) ? i : best), 0);
  const norm = Math.hypot(...values);
  return { top, words: `its largest number is channel ${top}: ${digits(values[top])}; its length (L2 norm) is ${digits(norm)}` };
}

// ---------------------------------------------------------------------------- stages of one kind

function layerNorm(id, from, [title, short], why) {
  return {
    id,
    title,
    short,
    why,
    key: (at) => (id === "ln_f" ? "ln_f" : `${at.h}.${id}`),
    draw(at) {
      const input = from(at);
      const out = rowOf(this.key(at), at.p);
      const [g, b] = [smallWeights(`${this.key(at)}.g`), smallWeights(`${this.key(at)}.b`)];
      const values = valuesOf(input);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
      const inspect = (i) => ({
        rule: `${id}[p, c] = g[c] · (x[p, c] − mean) / √(variance + eps) + b[c]`,
        steps: [
          `= ${digits(g[i])} · (${digits(input.at(i))} ${signed(-mean)}) / √(${digits(variance)} + ${model.eps}) ${signed(b[i])}`,
        ],
        result: (g[i] * (input.at(i) - mean)) / Math.sqrt(variance + model.eps) + b[i],
      });
      const { top, words } = extremes(out);
      const main = vector(out, { inspect, start: top });
      return {
        nodes: [
          figure(`x[${at.p}]`, `[${input.length}]`, vector(input), "the residual stream, as it comes in"),
          operator("↓", `mean ${digits(mean)}, variance ${digits(variance)} → mean 0, variance 1, then gain g and bias b`),
          figure(`${id}[${at.p}]`, `[${out.length}]`, main),
          everyPosition(this.key(at)),
        ],
        main,
        words: `The row of ${quoted(data.ids[at.p])} comes in with mean ${digits(mean)} and variance ${digits(variance)}. Normalised, ${words}.`,
        tables: tables(input, out),
      };
    },
  };
}

function linearStage(id, from, nIn, weight, [title, short], why, lines) {
  return {
    id,
    title,
    short,
    why,
    key: (at) => `${at.h}.${id}`,
    draw(at) {
      const [input, out] = [from(at), rowOf(this.key(at), at.p)];
      const b = smallWeights(`${this.key(at)}.b`);
      const inspect = (i) => ({
        rule: `${id}[p, c] = ${input.name.split("[")[0]}[p] · ${weight}.w[:, c] + ${weight}.b[c]`,
        steps: [`= sum of ${input.length} products ${signed(b[i])}`, `= ${digits(out.at(i) - b[i])} ${signed(b[i])}`],
      });
      const { top, words } = extremes(out);
      const main = vector(out, { inspect, start: top, lines: lines?.() });
      return {
        nodes: [
          figure(`${input.name}`, `[${input.length}]`, vector(input)),
          operator("↓", `× ${weight}.w [${nIn(model.n_embd)}, ${out.length}] + ${weight}.b`),
          figure(`${id}[${at.p}]`, `[${out.length}]`, main),
          everyPosition(this.key(at)),
        ],
        main,
        words: `${input.length} numbers become ${out.length} for ${quoted(data.ids[at.p])}: ${words}.`,
        tables: tables(input, out),
      };
    },
  };
}

function residual(id, from, added, [title, short], why) {
  return {
    id,
    title,
    short,
    why,
    key: (at) => `${at.h}.${id}`,
    draw(at) {
      const [x, plus, out] = [from(at), rowOf(`${at.h}.${added}`, at.p), rowOf(this.key(at), at.p)];
      const scale = largestOf(this.key(at));
      const inspect = (i) => ({
        rule: `x[p, c] ← x[p, c] + ${added}[p, c]`,
        steps: [`= ${digits(x.at(i))} ${signed(plus.at(i))}`],
        result: x.at(i) + plus.at(i),
      });
      const { top, words } = extremes(out);
      const main = vector(out, { inspect, scale, start: top });
      return {
        nodes: [
          figure(`x[${at.p}]`, `[${x.length}]`, vector(x, { scale }), "what the stream carries"),
          operator("+"),
          figure(`${added}[${at.p}]`, `[${x.length}]`, vector(plus, { scale }), "what this half of the block adds"),
          operator("="),
          figure(`x[${at.p}]`, `[${x.length}]`, main, "what flows on"),
          legend(scale),
        ],
        main,
        words: `Length of x before: ${digits(Math.hypot(...valuesOf(x)))}; of what is added: ${digits(Math.hypot(...valuesOf(plus)))}. After the sum, ${words}.`,
        tables: tables(x, plus, out),
      };
    },
  };
}

const blockIn = (at) => rowOf(at.block === 0 ? "embed" : `h.${at.block - 1}.out`, at.p);
// The input of a block whose predecessor is not in the page is x = out − mlp − attn, and is shown so.
const streamIn = (at) => {
  if (at.block === 0 || data.blocks.includes(at.block - 1)) return blockIn(at);
  const [mid, attn] = [rowOf(`${at.h}.mid`, at.p), rowOf(`${at.h}.attn`, at.p)];
  return { ...plainRow(`x[${at.p}]`, []), length: mid.length, at: (i) => mid.at(i) - attn.at(i) };
};
const ln1 = (at) => rowOf(`${at.h}.ln_1`, at.p);
const ln2 = (at) => rowOf(`${at.h}.ln_2`, at.p);
const mid = (at) => rowOf(`${at.h}.mid`, at.p);
const merged = (at) => rowOf(`${at.h}.merged`, at.p);
const geluRow = (at) => rowOf(`${at.h}.gelu`, at.p);
const headLines = (...names) => names.flatMap((name) => Array.from({ length: model.n_head }, (_, h) => `${name} ${h}`));

// ------------------------------------------------------------------------------- the stages' order

const startStages = [
  { id: "map", title: "The whole machine", short: "The map", why: "One road, the residual stream, from the text to the next token; every block reads from it and adds to it.", key: () => null, draw: drawMap },
  { id: "tokens", title: "Text becomes tokens", short: "Text to tokens", why: "The model never sees letters: a table of byte pairs cuts the text into tokens, and each token is a number.", key: () => null, draw: drawTokens },
  { id: "embed", title: "Embedding: what and where", short: "Embedding", why: "Each id picks a row of wte (what the token is) and each position a row of wpe (where it stands); their sum starts the residual stream.", key: () => "embed", draw: drawEmbedding },
];

const blockStages = [
  { id: "block", title: "The block at a glance", short: "This block", why: "Two side roads leave the stream and come back to it: attention, where tokens look at one another, and the MLP, where each token is worked on alone.", key: () => null, draw: drawBlockMap },
  layerNorm("ln_1", streamIn, ["Layer norm before attention", "Layer norm"], "Attention reads a normalised copy of the stream; the stream itself flows past untouched."),
  linearStage("qkv", ln1, (n) => n, "c_attn", ["One matrix makes q, k and v", "Make q, k and v"], "A single linear layer makes three vectors at once: what this token looks for, what it offers, and what it passes on.", () => headLines("q", "k", "v")),
  { id: "split", title: "Cut into query, key, value", short: "Cut into q, k, v", why: "The row is cut in three, in this order: q, k, v.", key: (at) => `${at.h}.qkv`, draw: drawSplit, inside: "mha" },
  { id: "heads", title: "Into heads: reshape, then transpose", short: "Into heads", why: "Every head gets its own columns of every token. Reshape cuts the rows, transpose brings the heads to the front; reshaping straight to the final shape would mix up the tokens.", key: (at) => `${at.h}.q`, also: ["k", "v"], draw: drawHeads },
  { id: "scores", title: "Scores: how well query and key match", short: "Scores", why: "Each query is compared with each key: a dot product, divided by √d_head so that wide heads do not shout.", key: (at) => `${at.h}.scores`, draw: drawScores },
  { id: "mask", title: "The causal mask", short: "Causal mask", why: "No token may look at a later one: a very negative number is added there, and softmax makes it 0.", key: () => "mask", draw: drawMask },
  { id: "weights", title: "Softmax: scores become shares", short: "Softmax", why: "Each row becomes shares that sum to 1: how much of each earlier token this one takes.", key: (at) => `${at.h}.weights`, draw: drawWeights },
  { id: "values", title: "A weighted average of values", short: "Average of values", why: "The head's answer is the average of the value rows, weighted by the shares.", key: (at) => `${at.h}.heads`, draw: drawValues },
  { id: "merge", title: "Heads side by side again", short: "Merge the heads", why: "Transpose back, then reshape: every token gets its heads' answers next to one another.", key: (at) => `${at.h}.merged`, draw: drawMerge },
  linearStage("attn", merged, (n) => n, "c_proj", ["Mix what the heads found", "Mix the heads"], "A linear layer lets the heads' answers mix, and brings them into the stream's own language."),
  residual("mid", streamIn, "attn", ["Add to the residual stream", "Add to the stream"], "Attention's result is added to the stream, never put in its place."),
  layerNorm("ln_2", mid, ["Layer norm before the feed-forward", "Layer norm again"], "The second half of the block reads a normalised copy too."),
  linearStage("fc", ln2, (n) => n, "c_fc", ["Four times as wide", "Four times as wide"], "Each token alone: its row is compared with many learnt patterns."),
  { id: "gelu", title: "GELU: a smooth gate", short: "GELU", why: "Patterns that match pass, patterns that do not are muted; without this bend, two linear layers would be one.", key: (at) => `${at.h}.gelu`, draw: drawGelu },
  linearStage("mlp", geluRow, (n) => 4 * n, "c_proj", ["Back to the stream's width", "Back to width"], "Every pattern that fired writes what it knows."),
  residual("out", mid, "mlp", ["Add again: the block is done", "Add again"], "The stream now holds what was there, what attention brought, and what the feed-forward made of it."),
];

const endStages = [
  layerNorm("ln_f", (at) => rowOf(`h.${model.n_layer - 1}.out`, at.p), ["The last layer norm", "Last layer norm"], "One more normalisation before the stream is read out."),
  { id: "logits", title: "Logits: compare with every token", short: "Logits", why: "The row is compared with every token's embedding: wte again, the same matrix as at the start.", key: () => "logits", draw: drawLogits },
  { id: "next", title: "Softmax: the next token", short: "The next token", why: "Softmax turns the scores into probabilities; greedy decoding takes the largest.", key: () => "probs", draw: drawNext },
];

const mapStages = [
  { id: "norms", title: "The residual stream grows", short: "Stream norms", why: "The length of each token's row, from its embedding through every half block.", key: () => null, draw: drawNorms },
  { id: "lens", title: "Logit lens", why: "What the model would say if it stopped here: the final layer norm and wte, recomputed on the stream after each block.", key: () => null, draw: drawLens },
  { id: "patterns", title: "Every attention pattern", short: "All attention", why: "Who looks at whom, in every block and head: rows are queries, columns are keys.", key: (at) => null, draw: drawPatterns },
];

// The walk through all of it, one entry per page of the journey.
const journey = [
  ...startStages.map((stage) => ({ stage, block: null, part: "Start" })),
  ...data.blocks.flatMap((block) => blockStages.map((stage) => ({ stage, block, part: "Block" }))),
  ...(data.stages.ln_f && data.blocks.includes(model.n_layer - 1) ? endStages : endStages.slice(1)).map((stage) => ({ stage, block: null, part: "End" })),
  ...mapStages.map((stage) => ({ stage, block: null, part: "Maps" })),
];

const place = (entry) => {
  const block = entry.block ?? state.block;
  return { h: `h.${block}`, block, head: state.head, p: state.position };
};

// The kata's function behind a page of the journey.
function stageOf(entry) {
  const key = entry.stage.key(place(entry));
  if (key === null) return null;
  return { key, function: entry.stage.inside ?? data.stages[key].function };
}

// Every key of a page of the journey: what is marked when a student's numbers differ there.
function keysOf(entry) {
  const at = place(entry);
  const key = entry.stage.key(at);
  return key === null || entry.stage.inside ? [] : [key, ...(entry.stage.also ?? []).map((name) => `${at.h}.${name}`)];
}
