// Weights as they lie in the page: base64 of float16 or float32 numbers, one tensor after the other.

// The value of the 16 bits of a half-precision number: a sign, 5 bits of exponent, 10 of fraction.
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function floatsOf(bytes, format) {
  if (format === "float32") return new Float32Array(bytes.buffer);
  const table = Float32Array.from({ length: 65536 }, (_, bits) => fromHalf(bits));
  return Float32Array.from(new Uint16Array(bytes.buffer), (bits) => table[bits]);
}

// The model: {config, wte, wpe, ln_f, blocks}, with GPT-2's own names.
// `facts` says {format, config, tensors: [[name, shape], ...]}, `base64` holds their numbers in that order.
function unpackModel(facts, base64) {
  const numbers = floatsOf(bytesOf(base64), facts.format);
  const model = { config: facts.config, blocks: Array.from({ length: facts.config.n_layer }, () => ({})) };
  let start = 0;
  for (const [name, shape] of facts.tensors) {
    const size = shape.reduce((product, n) => product * n, 1);
    const path = name.split(".");
    let node = path[0] === "h" ? model.blocks[Number(path[1])] : model;
    const names = path[0] === "h" ? path.slice(2) : path;
    for (const part of names.slice(0, -1)) node = node[part] ??= {};
    node[names.at(-1)] = { shape, data: numbers.subarray(start, start + size) };
    start += size;
  }
  return model;
}
