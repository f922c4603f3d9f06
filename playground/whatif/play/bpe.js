// A word's way from single bytes to tokens, one merge after the other.

const data = JSON.parse(byId("data").textContent);
const tokenizer = makeTokenizer(data.tokens);
const WORDS = [" wherefore", " gentlemen", " nothing", " Shakespeare", " banana", "🙂"];
let word = WORDS[0];
let steps = [];
let at = 0;
let timer = null;

function start() {
  fill("play",
    make("p", { text: "A word begins as its single bytes. Of all neighbours that form a token together, the pair with the lowest number merges first: it was learned first, because it was the most frequent one. Then again, until no two neighbours form a token." }),
    make("div", { class: "controls" }, make("label", { for: "word", text: "A word" }), make("input", { id: "word", type: "text", maxlength: 24, value: word, autocomplete: "off", spellcheck: "false", oninput: (event) => choose(event.target.value) }),
      ...WORDS.map((text) => make("button", { type: "button", class: "quiet", text: text.replace(" ", "␣"), onclick: () => { byId("word").value = text; choose(text); } }))),
    make("div", { id: "tiles", class: "tiles", role: "img" }),
    make("p", { id: "words", class: "words", role: "status" }),
    make("div", { class: "controls" },
      make("button", { id: "back", type: "button", text: "◀ Back", onclick: () => go(at - 1) }),
      make("button", { id: "next", type: "button", class: "strong", text: "Merge ▶", onclick: () => go(at + 1) }),
      make("button", { id: "run", type: "button", text: "Play", onclick: play }),
      make("span", { id: "where", class: "note" })),
    make("p", { class: "note", text: `This is GPT-2's own table, stopped at ${number(data.tokens.length)} tokens as pico has it. GPT-2 goes on to 50,256, and there most words become a single token.` }));
  choose(word);
}

// The first word of what is typed: byte-pair encoding never merges across words.
function choose(text) {
  word = text.match(SPLIT)?.[0] ?? "";
  steps = mergeSteps(bytesAsText(word), tokenizer.ranks);
  if (!word) steps = [{ parts: [], pairs: [], best: null }];
  if (timer) play();
  go(0);
}

function go(to) {
  at = Math.max(0, Math.min(steps.length - 1, to));
  draw();
}

function play() {
  if (timer) {
    clearInterval(timer);
    timer = null;
  } else {
    if (at === steps.length - 1) go(0);
    timer = setInterval(() => {
      go(at + 1);
      if (at === steps.length - 1) play();
    }, 1100);
  }
  byId("run").textContent = timer ? "Pause" : "Play";
}

const idOf = (part) => tokenizer.ranks.get(part);

function draw() {
  const { parts, pairs, best } = steps[at];
  const made = at ? steps[at - 1].best : null;
  const drawn = [];
  parts.forEach((part, i) => {
    drawn.push(make("span", { class: `tile${part === made ? " merged" : ""}` }, make("span", { text: visible(idOf(part)) }), make("small", { text: `id ${idOf(part)}` })));
    if (i < pairs.length) {
      const rank = idOf(pairs[i]);
      drawn.push(make("span", { class: `pair${pairs[i] === best ? " best" : ""}` }, rank === undefined ? make("span", { text: "–" }) : make("b", { text: `${rank}` })));
    }
  });
  fill("tiles", ...drawn);
  byId("tiles").setAttribute("aria-label", `${parts.length} parts: ${parts.map((part) => spoken(idOf(part))).join(", ")}`);
  byId("where").textContent = `Merge ${at} of ${steps.length - 1}`;
  byId("back").disabled = at === 0;
  byId("next").disabled = at === steps.length - 1;
  byId("run").disabled = steps.length === 1;
  const candidates = pairs.filter((pair) => tokenizer.ranks.has(pair)).length;
  byId("words").textContent = best === null ? (parts.length ? `No two neighbours form a token any more. ${at ? "" : "Nothing merges: "}${parts.length} ${parts.length === 1 ? "token" : "tokens"}: ${parts.map(idOf).join(", ")}.` : "Type a word.") : `${candidates} of ${pairs.length} pairs of neighbours form a token. The lowest number is ${idOf(best)}: ${visible(idOf(best))} merges next.`;
}
