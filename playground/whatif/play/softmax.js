// Softmax: six scores with a slider each, and every step of the way to their shares.

const data = JSON.parse(byId("data").textContent);
const tokenizer = makeTokenizer(data.tokens);
let scores = [...data.scores];
let added_ = 0; // what is added to all scores

function start() {
  const rows = data.ids.map((id, i) => make("tr", {},
    make("td", {}, make("code", { text: visible(id) })),
    make("td", { class: "wide" }, make("input", { id: `score-${i}`, type: "range", min: -4, max: 14, step: 0.02, value: scores[i], "aria-label": `Score of ${spoken(id)}`, oninput: (event) => { scores[i] = Number(event.target.value); draw(); } })),
    ...["score", "exp"].map((what) => make("td", { id: `${what}-of-${i}` })),
    make("td", { class: "wide" }, make("span", { class: "track", "aria-hidden": "true" }, make("span", { id: `bar-${i}`, class: "bar" }))),
    make("td", { id: `share-of-${i}` })));
  fill("play",
    make("p", { text: "After the text below, pico gives every token a score. Softmax makes shares of them: raise e to each score, and divide by the sum. Here are the six best tokens; move their scores." }),
    make("p", { class: "mono", text: `${data.text} …` }),
    make("table", {},
      make("thead", {}, make("tr", {}, ...["token", "move it", "score", "e^(score − largest)", "", "share"].map((text) => make(text ? "th" : "td", text ? { scope: "col", text } : {})))),
      make("tbody", {}, ...rows),
      make("tfoot", {}, make("tr", {}, make("td", { text: "sum" }), make("td"), make("td"), make("td", { id: "sum" }), make("td"), make("td", { id: "shares" })))),
    make("div", { class: "controls" },
      make("button", { type: "button", text: "Add 100 to every score", onclick: () => { added_ += 100; draw(); } }),
      make("button", { type: "button", text: "Take 100 away", onclick: () => { added_ -= 100; draw(); } }),
      make("button", { type: "button", class: "strong", text: "Back to pico's scores", onclick: () => { scores = [...data.scores]; added_ = 0; scores.forEach((score, i) => { byId(`score-${i}`).value = score; }); draw(); } })),
    make("p", { id: "words", class: "words", role: "status" }));
  draw();
}

function draw() {
  const all = scores.map((score) => score + added_);
  const largest = Math.max(...all);
  const powers = all.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  all.forEach((score, i) => {
    byId(`score-of-${i}`).textContent = score.toFixed(2);
    byId(`exp-of-${i}`).textContent = powers[i].toFixed(4);
    byId(`share-of-${i}`).textContent = percent(powers[i] / sum);
    byId(`bar-${i}`).style.width = `${(100 * powers[i]) / sum}%`;
  });
  byId("sum").textContent = sum.toFixed(4);
  byId("shares").textContent = "100 %";
  byId("words").textContent = added_ ? `Every score is ${Math.abs(added_)} ${added_ > 0 ? "larger" : "smaller"}, and no share has moved: only differences count. That is why the largest score may be subtracted first, which keeps e^… from overflowing.` : "A score that is 1 larger gets 2.7 times the share. Nobody ever gets exactly 0, and the shares always sum to 1.";
}
