// One token after another: the keys and values that are computed again without a cache, and kept with one.

const data = JSON.parse(byId("data").textContent);
const tokenizer = makeTokenizer(data.tokens);
const count = data.ids.length;
const rows = (n) => (n * (n + 1)) / 2; // 1 + 2 + … + n
let step = 1;
let timer = null;

function start() {
  fill("play",
    make("p", { text: "To write one more token, GPT-2 needs the keys and values of all tokens before it. Without a cache it computes all of them again, each time. With one, it computes the new token's and keeps the rest." }),
    make("div", { class: "controls" },
      make("button", { id: "back", type: "button", text: "◀ Back", onclick: () => go(step - 1) }),
      make("button", { id: "next", type: "button", class: "strong", text: "Next token ▶", onclick: () => go(step + 1) }),
      make("button", { id: "run", type: "button", text: "Play", onclick: play }),
      make("span", { id: "where", class: "note" })),
    make("p", { class: "legend" }, ...[["new", "computed, for the first time"], ["again", "computed again"], ["kept", "kept in the cache"]].map(([kind, text]) => make("span", {}, make("i", { class: `box ${kind}`, "aria-hidden": "true" }), text))),
    make("div", { class: "grids" }, ...[["without", "Without a cache"], ["with", "With a cache"]].map(([id, title]) => make("section", { "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title`, text: title }), make("div", { id: `${id}-grid` }), make("p", { id: `${id}-words`, class: "note" })))),
    make("p", { id: "words", class: "words", role: "status" }));
  draw();
}

function go(to) {
  step = Math.max(1, Math.min(count, to));
  draw();
}

function play() {
  if (timer) {
    clearInterval(timer);
    timer = null;
  } else {
    if (step === count) step = 0;
    timer = setInterval(() => {
      go(step + 1);
      if (step === count) play();
    }, 900);
    go(step + 1);
  }
  byId("run").textContent = timer ? "Pause" : "Play";
}

function grid(cached) {
  const line = (row) => make("div", { class: "line" }, make("span", { class: "head", text: `token ${row}` }),
    ...Array.from({ length: count }, (_, i) => make("span", { class: `box ${row > step || i >= row ? "none" : i === row - 1 ? "new" : cached ? "kept" : "again"}` })));
  const heads = make("div", { class: "line" }, make("span", { class: "head" }), ...data.ids.map((id) => make("span", { class: "head", text: visible(id) })));
  return make("div", { class: "cache", role: "img", "aria-label": `Rows are tokens that were written, columns the keys and values that each needed; ${cached ? `${step} computed, ${rows(step - 1)} kept` : `${step} computed once, ${rows(step - 1)} computed again`}`, style: { "--columns": count } }, heads, ...Array.from({ length: count }, (_, i) => line(i + 1)));
}

function draw() {
  fill("without-grid", grid(false));
  fill("with-grid", grid(true));
  byId("where").textContent = `Token ${step} of ${count}`;
  byId("back").disabled = step === 1;
  byId("next").disabled = step === count;
  byId("without-words").textContent = `${rows(step)} row${rows(step) === 1 ? "" : "s"} of keys and values computed, in each of ${data.n_layer} blocks.`;
  byId("with-words").textContent = `${step} ${step === 1 ? "row" : "rows"} computed. For a full text of ${data.n_ctx} tokens: ${number(data.n_ctx)} against ${number(rows(data.n_ctx))}.`;
  const key = (place) => data.keys[place].map((n) => n.toFixed(3)).join("  ");
  const first = `“${visible(data.ids[0])}” with ${key(0)} …`;
  byId("words").textContent = step === 1 ? `In block 0, head 0, the key of the first token begins: “${visible(data.ids[0])}” with ${key(0)} …` : `In block 0, head 0, the key of “${visible(data.ids[step - 1])}” begins with ${key(step - 1)} …, and that of ${first} The latter is the same as ${step === 2 ? "one step" : `${step - 1} steps`} ago: no later token can change it, since nobody looks ahead. So it need not be computed again.`;
}
