// GPT-2's functions. An activation is a matrix {rows, cols, data}: one row per token, in double precision.

function matrix(rows, cols) {
  return { rows, cols, data: new Float64Array(rows * cols) };
}

function added(a, b) {
  const sum = matrix(a.rows, a.cols);
  for (let i = 0; i < sum.data.length; i += 1) sum.data[i] = a.data[i] + b.data[i];
  return sum;
}

function mapped(a, f) {
  const result = matrix(a.rows, a.cols);
  for (let i = 0; i < result.data.length; i += 1) result.data[i] = f(a.data[i]);
  return result;
}

// x w + b. Two tokens at a time, so that each weight is fetched once for both; a last one goes alone.
function linear(x, w, b) {
  const [nIn, nOut] = w.shape;
  const y = matrix(x.rows, nOut);
  const rowOf = (a, row) => a.data.subarray(row * a.cols, (row + 1) * a.cols);
  if (b) for (let row = 0; row < x.rows; row += 1) rowOf(y, row).set(b.data);
  for (let row = 0; row + 1 < x.rows; row += 2) {
    addProductsOfTwo(rowOf(x, row), rowOf(x, row + 1), w.data, rowOf(y, row), rowOf(y, row + 1));
  }
  if (x.rows % 2) addProducts(rowOf(x, x.rows - 1), w.data, rowOf(y, x.rows - 1));
  return y;
}

// sum += x w. Four inputs at a time, so that the inner loop reads and writes its sum a quarter as often.
// In every GPT-2, the number of inputs is a multiple of four.
function addProducts(x, weights, sum) {
  const nOut = sum.length;
  for (let i = 0; i < x.length; i += 4) {
    const x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
    const w0 = i * nOut, w1 = w0 + nOut, w2 = w1 + nOut, w3 = w2 + nOut;
    for (let j = 0; j < nOut; j += 1) {
      sum[j] += x0 * weights[w0 + j] + x1 * weights[w1 + j] + x2 * weights[w2 + j] + x3 * weights[w3 + j];
    }
  }
}

// The same for two tokens, x and z.
function addProductsOfTwo(x, z, weights, sumX, sumZ) {
  const nOut = sumX.length;
  for (let i = 0; i < x.length; i += 4) {
    const x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
    const z0 = z[i], z1 = z[i + 1], z2 = z[i + 2], z3 = z[i + 3];
    const w0 = i * nOut, w1 = w0 + nOut, w2 = w1 + nOut, w3 = w2 + nOut;
    for (let j = 0; j < nOut; j += 1) {
      const a = weights[w0 + j], b = weights[w1 + j], c = weights[w2 + j], d = weights[w3 + j];
      sumX[j] += x0 * a + x1 * b + x2 * c + x3 * d;
      sumZ[j] += z0 * a + z1 * b + z2 * c + z3 * d;
    }
  }
}

// x wte^T for the rows from `first` on: how well each row fits every token's embedding.
function logitsOf(x, wte, first = 0) {
  const [nVocab, nEmbd] = wte.shape;
  const logits = matrix(x.rows - first, nVocab);
  for (let row = first; row < x.rows; row += 1) {
    const at = row * nEmbd;
    for (let token = 0; token < nVocab; token += 1) {
      const w = token * nEmbd;
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (let i = 0; i < nEmbd; i += 4) {
        s0 += x.data[at + i] * wte.data[w + i];
        s1 += x.data[at + i + 1] * wte.data[w + i + 1];
        s2 += x.data[at + i + 2] * wte.data[w + i + 2];
        s3 += x.data[at + i + 3] * wte.data[w + i + 3];
      }
      logits.data[(row - first) * nVocab + token] = s0 + s1 + s2 + s3;
    }
  }
  return logits;
}

function layerNorm(x, { g, b }, eps) {
  const y = matrix(x.rows, x.cols);
  for (let row = 0; row < x.rows; row += 1) {
    const at = row * x.cols;
    let mean = 0;
    for (let i = 0; i < x.cols; i += 1) mean += x.data[at + i];
    mean /= x.cols;
    let variance = 0;
    for (let i = 0; i < x.cols; i += 1) variance += (x.data[at + i] - mean) ** 2;
    const root = Math.sqrt(variance / x.cols + eps);
    for (let i = 0; i < x.cols; i += 1) y.data[at + i] = (g.data[i] * (x.data[at + i] - mean)) / root + b.data[i];
  }
  return y;
}

function gelu(x) {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}

// In place: `count` numbers of `data`, every `step`-th from `start` on, become shares that sum to 1.
function softmax(data, start, count, step = 1) {
  const end = start + count * step;
  let largest = -Infinity;
  for (let i = start; i < end; i += step) largest = Math.max(largest, data[i]);
  let sum = 0;
  for (let i = start; i < end; i += step) sum += data[i] = Math.exp(data[i] - largest);
  for (let i = start; i < end; i += step) data[i] /= sum;
}

// Each query's scores become its weights: softmax along the keys.
function shareOutKeys(scores) {
  for (let row = 0; row < scores.rows; row += 1) softmax(scores.data, row * scores.cols, scores.cols);
}

// The score of what may not be seen: so far below any other that softmax makes 0 of it.
const HIDDEN = -1e10;

// One head: q and k give the scores, the mask hides what may not be seen, softmax makes weights of the rest.
// `at(token, feature)` says where a number of this head stands in q, k and v; `first` is the place of the
// first query in the text (later than 0 when earlier tokens were computed before).
function attentionWeights(q, k, at, dHead, first, recipe) {
  const scores = matrix(q.rows, k.rows);
  const scale = recipe.scale(dHead);
  for (let i = 0; i < q.rows; i += 1) {
    for (let j = 0; j < k.rows; j += 1) {
      if (!recipe.visible(first + i, j)) {
        scores.data[i * k.rows + j] = HIDDEN;
        continue;
      }
      let dot = 0;
      for (let d = 0; d < dHead; d += 1) dot += q.data[at(i, d, q.rows)] * k.data[at(j, d, k.rows)];
      scores.data[i * k.rows + j] = dot / scale;
    }
  }
  recipe.shareOut(scores);
  return scores;
}
