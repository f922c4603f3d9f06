// The numbers that the page carries, unpacked, and the words and digits to show them with.

const data = JSON.parse(document.getElementById("xray-data").textContent);
const model = data.model;
const nSeq = data.ids.length;

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Three bytes a number: a float32 without its last byte.
function unpack(base64) {
  const bytes = bytesOf(base64);
  const bits = new Uint32Array(bytes.length / 3);
  for (let i = 0; i < bits.length; i++) {
    bits[i] = (bytes[3 * i] << 8) | (bytes[3 * i + 1] << 16) | (bytes[3 * i + 2] << 24);
  }
  return new Float32Array(bits.buffer);
}

// Two bytes a number: 0 where the student agrees, else a float16 whose last bit says what it is: the
// student's number itself, or its difference from the truth.
function unpackCodes(base64) {
  const bytes = bytesOf(base64);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8));
}

function half(code) {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 31;
  const fraction = (code & 1022) / 1024;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}

// ---------------------------------------------------------------------------------------- stages

const arrays = new Map();

// A stage's numbers by its key ("h.0.qkv"): the truth, the student's, and which cells differ.
function stageArray(key) {
  if (arrays.has(key)) return arrays.get(key);
  const entry = data.arrays[key];
  const parent = entry.from ? stageArray(entry.from) : null;
  const truth = parent ? reorder(parent, parent.truth, entry.part, entry.order) : unpack(entry.truth);
  let yours = truth;
  const codes = entry.codes ? unpackCodes(entry.codes) : null;
  if (codes) {
    yours = Float64Array.from(codes, (code, i) => (code & 1 ? 0 : truth[i]) + entry.scale * half(code));
  } else if (entry.your_order) {
    yours = reorder(parent, parent.yours, entry.part, entry.your_order);
  } else if (entry.yours) {
    yours = unpack(entry.yours);
  }
  const bits = entry.cells ? bytesOf(entry.cells) : null;
  const differs = (i) => (bits ? ((bits[i >> 3] >> (7 - (i & 7))) & 1) === 1 : codes !== null && codes[i] !== 0);
  const array = { key, shape: entry.shape, truth, yours, differs };
  arrays.set(key, array);
  return array;
}

// q, k, v and merged are the same numbers as qkv and heads, in another order. Of qkv, only a third of
// the columns counts.
function reorder(parent, values, part, name) {
  const width = parent.shape[parent.shape.length - 1];
  const third = width / 3;
  const order = name === "right" ? rightOrder(part !== null) : unpackCodes(data.orders[name]);
  return Float64Array.from(order, (from) => values[part === null ? from : Math.floor(from / third) * width + part * third + (from % third)]);
}

// Reshape and transpose: to [n_head, n_seq, d_head] when splitting, from there when merging.
function rightOrder(splitting) {
  const size = model.d_head;
  const inner = splitting ? nSeq : model.n_head;
  const outer = splitting ? model.n_head : nSeq;
  return Array.from({ length: outer * inner * size }, (_, i) => {
    const [a, b, c] = [Math.floor(i / (inner * size)), Math.floor(i / size) % inner, i % size];
    return (b * outer + a) * size + c;
  });
}

// One row of a stage, as the figures read it: index leads to everything but the last axis.
function rowOf(key, ...index) {
  const array = stageArray(key);
  const width = array.shape[array.shape.length - 1];
  const start = index.reduce((sum, i, axis) => sum * array.shape[axis] + i, 0) * width;
  return {
    name: `${shortName(key)}[${index.join(", ")}]`,
    key,
    index,
    length: width,
    at: (i) => shown(array)[start + i],
    truth: (i) => array.truth[start + i],
    yours: (i) => array.yours[start + i],
    differs: (i) => array.differs(start + i),
  };
}

// A row that no function of the kata makes, such as an embedding: the same for everyone.
function plainRow(name, values) {
  const at = (i) => values[i];
  return { name, length: values.length, at, truth: at, yours: at, differs: () => false };
}

const shown = (array) => (state.show === "yours" ? array.yours : array.truth);
const smallWeights = (name) => unpack(data.weights[name]);
const valuesOf = (row) => Float64Array.from({ length: row.length }, (_, i) => row.at(i));

function shortName(key) {
  const name = key.split(".").pop();
  return { embed: "x", mid: "x", out: "x", weights: "weight", scores: "score", heads: "head", logits: "logit" }[name] ?? name;
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a.at(i) * b.at(i);
  return sum;
}

function largestOf(key) {
  // Of the numbers that are shown: yours may be a hundred times the truth's, and one colour would hide them.
  const sizes = Float64Array.from(shown(stageArray(key)), Math.abs).filter(Number.isFinite).sort();
  return sizes[Math.floor(0.995 * (sizes.length - 1))] || 1;
}

// ------------------------------------------------------------------------------- words and digits

const superscript = (n) => [...String(n)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");

// Four significant digits, as many as the stored numbers have.
function digits(x, n = 4) {
  if (x === null || x === undefined || Number.isNaN(x)) return "not a number";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-4) {
    const [mantissa, exponent] = x.toExponential(n - 1).split("e");
    const plain = String(Number(mantissa)).replace("-", "−");
    return `${plain}·10${superscript(Number(exponent))}`;
  }
  return x.toPrecision(n).replace("-", "−");
}

// As many digits as a number has: the student's, where they differ, have three.
const kept = (differs) => (differs && state.show === "yours" ? 3 : 4);
const signed = (x) => (x < 0 ? `− ${digits(-x)}` : `+ ${digits(x)}`);
const inBrackets = (x, n = 4) => (x < 0 ? `(${digits(x, n)})` : digits(x, n));
// The first terms of a sum of products, with three digits each.
const firstTerms = (a, b, count) => Array.from({ length: Math.min(count, a.length) }, (_, i) => `${inBrackets(a[i], 3)}·${inBrackets(b[i], 3)}`).join(" + ");
const percent = (p) => (p === null ? "not a number" : p >= 0.0995 ? `${(100 * p).toFixed(0)} %` : `${(100 * p).toPrecision(2)} %`);

// A token as a person reads it: blanks made visible, loose bytes in hexadecimal.
function tokenText(id) {
  const { text, bytes } = data.tokens[id];
  if (text === null) return `⟨${bytes.toUpperCase()}⟩`;
  return text.replaceAll(" ", "␣").replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("\r", "␍");
}

const quoted = (id) => `“${tokenText(id)}”`;
const tokenAt = (position) => tokenText(data.ids[position]);
