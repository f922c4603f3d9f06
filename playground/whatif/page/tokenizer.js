// GPT-2's byte-pair encoding, stopped after as many merges as the table has.

// How GPT-2 cuts a text into words before any merging. JavaScript's \s is not quite Unicode's white space
// (it leaves out U+0085 and takes in U+FEFF), so the property is named.
const SPLIT = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const utf8 = new TextEncoder();

// The bytes of a text as a string of characters 0 to 255: something that a Map can look up.
function bytesAsText(text) {
  return Array.from(utf8.encode(text), (byte) => String.fromCharCode(byte)).join("");
}

// `tokens` is the list of all tokens, each as such a string; a token's id is its place in the list.
function makeTokenizer(tokens) {
  const ranks = new Map(tokens.map((token, id) => [token, id]));
  return { tokens, ranks, endOfText: tokens.length };
}

// Every state of a word on its way from single bytes to tokens: {parts, pairs, best}, where `best` is the
// pair that merges next, or null at the end.
function mergeSteps(word, ranks) {
  const steps = [];
  let parts = [...word];
  for (;;) {
    const pairs = parts.slice(1).map((part, i) => parts[i] + part);
    let best = null;
    for (const pair of pairs) if (ranks.has(pair) && (best === null || ranks.get(pair) < ranks.get(best))) best = pair;
    steps.push({ parts, pairs, best });
    if (best === null) return steps;
    const merged = [];
    for (const part of parts) {
      if (merged.length && merged.at(-1) + part === best) merged[merged.length - 1] = best;
      else merged.push(part);
    }
    parts = merged;
  }
}

function encode(text, tokenizer) {
  const ids = [];
  for (const [word] of text.matchAll(SPLIT)) {
    const { parts } = mergeSteps(bytesAsText(word), tokenizer.ranks).at(-1);
    for (const part of parts) ids.push(tokenizer.ranks.get(part));
  }
  return ids;
}

// Bytes that are no whole character become U+FFFD; a character may be spread over several tokens.
function decode(ids, tokenizer) {
  const bytes = ids.map((id) => (id === tokenizer.endOfText ? "<|endoftext|>" : tokenizer.tokens[id])).join("");
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}
