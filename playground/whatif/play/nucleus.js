// The next token's distribution, and what temperature, top-k and top-p leave of it.

const data = JSON.parse(byId("data").textContent);
const tokenizer = makeTokenizer(data.tokens);
const TOP_K = [1, 2, 3, 5, 8, 12, 20, 40, 80, 150, 300, 700, 0]; // 0: all
const settings = { temperature: 1, topK: 0, topP: 1, penalty: 0 };

function start() {
  const set = (name) => (value) => {
    settings[name] = value;
    draw();
  };
  fill("play",
    make("p", { text: "What does pico write at the beginning of a line? It gives each of its 2,049 tokens a probability. Then the dice are rolled, and three dials say which tokens the dice may choose, and how boldly." }),
    make("div", { class: "sliders" },
      slider({ id: "temperature", label: "Temperature", min: 0, max: 2, step: 0.05, value: 1, say: (t) => (t === 0 ? "0 (always the likeliest)" : t.toFixed(2)), act: set("temperature") }),
      slider({ id: "top-k", label: "Top-k", min: 0, max: TOP_K.length - 1, step: 1, value: TOP_K.length - 1, say: (i) => (TOP_K[i] ? `the best ${TOP_K[i]}` : "all"), act: (i) => set("topK")(TOP_K[i]) }),
      slider({ id: "top-p", label: "Top-p (the nucleus)", min: 0.05, max: 1, step: 0.01, value: 1, say: (p) => (p === 1 ? "all" : percent(p)), act: set("topP") })),
    make("p", { id: "words", class: "words", role: "status" }),
    make("div", { id: "chart" }));
  draw();
}

function draw() {
  const now = nextTokenProbs(data.logits, settings);
  byId("chart").replaceChildren(rankChart(now), tokenBars(now, null, null));
  const all = data.logits.length;
  byId("words").textContent = now.count === all ? "Nothing is cut: any of the 2,049 tokens may come, however unlikely." : settings.temperature === 0 ? "Temperature 0: the likeliest token, always. The dice have nothing to say." : `${number(now.count)} of ${number(all)} tokens are left. Together they had ${percent(now.kept)}; now they have 100 %.`;
}
