// The right column: what the model writes, how surprised it is by a passage, and what it would say next.

function drawTexts() {
  const both = isChanged();
  const truth = seen.texts.truth;
  const card = (which, title) => {
    const steps = seen.texts[which];
    const differs = (i) => which === "changed" && both && truth[i]?.id !== steps[i].id;
    return make("figure", { class: `text ${which}` },
      make("figcaption", { text: title }),
      make("blockquote", {}, make("span", { class: "given", text: decode(seen.ids, tokenizer) }), ...pieces(steps).map(({ text, from, count }) => make("span", { class: `piece${differs(from) ? " differs" : ""}${which === "changed" && state.at >= from && state.at < from + count ? " shown" : ""}`, onclick: () => showAt(from), text }))));
  };
  const cards = both ? [card("truth", "GPT-2 as it is"), card("changed", `With: ${changeWords().join(", ")}`)] : [card("truth", "GPT-2 as it is")];
  byId("texts").classList.toggle("both", both);
  fill("texts", ...cards);
  drawTicker();
}

// Tokens joined to whole characters: [{text, from, count}].
function pieces(steps) {
  const made = [];
  let open = [];
  steps.forEach(({ id }, i) => {
    open.push(id);
    const text = decode(open, tokenizer);
    if (text.includes("\ufffd") && open.length < 4 && i < steps.length - 1) return;
    made.push({ text, from: i + 1 - open.length, count: open.length });
    open = [];
  });
  return made;
}

function showAt(place) {
  state.at = place;
  drawNext();
  drawTexts();
}

const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

function drawLoss() {
  const { truth, changed } = seen.loss;
  if (!truth) return;
  const both = reachesPassage() && changed;
  const own = state.change.cells.length + state.change.patches.length > 0;
  const losses = [["GPT-2 as it is", mean(truth), "truth"], ...(both ? [["With your change", mean(changed), "changed"]] : []), ["Guessing blindly", BLIND, "blind"]];
  const most = Math.max(...losses.map(([, loss]) => loss), 10);
  const shown = both && state.shade === "changed" ? changed : truth;
  const ids = encode(facts.passage, tokenizer);
  redraw("loss",
    make("p", { class: "note", text: "The model reads a passage of Romeo and Juliet that it was trained on. At every token, how surprised is it by the next one? The average is the loss, in nats: 0 would be never, and each nat more makes the right token 2.7 times less likely." }),
    make("ul", { class: "bars" }, ...losses.map(([name, loss, kind]) => make("li", {}, make("span", { class: "name", text: name }), make("span", { class: "track", "aria-hidden": "true" }, make("span", { class: `bar ${kind}`, style: { width: `${(100 * loss) / most}%` } })), make("b", { text: loss.toFixed(2) })))),
    both ? make("p", { class: "verdict", text: verdict(mean(changed) - mean(truth), mean(changed)) }) : null,
    own ? make("p", { class: "note", text: "Attention weights and patches that you set belong to your own text; the passage is read without them." }) : null,
    both ? choice("Shade by", [["truth", "GPT-2 as it is"], ["changed", "your change"]], state.shade, (which) => { state.shade = which; drawLoss(); }) : null,
    make("div", { class: "passage", role: "group", tabindex: "0", "aria-label": `The passage; the darker a token, the more surprised is ${shown === truth ? "GPT-2 as it is" : "the changed model"}` }, ...ids.map((id, i) => make("span", { class: "shade", title: i ? `${shown[i - 1].toFixed(1)} nats` : "the first token; nothing comes before it", style: { "--surprise": `${Math.round(i ? Math.min(100, shown[i - 1] * 9) : 0)}%` }, text: decode([id], tokenizer) }))));
  drawTicker();
}

function verdict(more, loss) {
  const grader = state.change.mistakes.length > 0; // it looks for mistakes, not for parts that are off
  if (Math.abs(more) < 0.005) return grader ? "The loss is the same to two digits. Reading the text, nobody could find this; the grader compares numbers, and does." : "The loss is the same to two digits: nobody misses this part.";
  if (more < 0.2) return grader ? "A little worse. Reading the text, nobody would notice; the grader does." : "A little worse: this part is hardly missed.";
  if (more < 1.6) return `Clearly worse, and yet the model still speaks.${grader ? " Mistakes like this hide well." : ""}`;
  if (loss < BLIND - 0.5) return "Much worse: words come apart, though it still beats guessing.";
  if (loss < BLIND + 0.5) return "About as bad as guessing blindly: nothing that the model learned gets through.";
  return "Worse than guessing blindly: the model is sure of itself, and wrong.";
}

function drawNext() {
  const which = isChanged() ? "changed" : "truth";
  const scores = (name, at) => (at === 0 ? seen.scores?.[name] : seen.texts[name][at]?.scores);
  state.at = Math.min(state.at, Math.max(0, COUNT - 1));
  const own = scores(which, state.at);
  if (!own) return;
  const before = seen.texts[which].slice(0, state.at).map((step) => step.id);
  const now = nextTokenProbs(own, state.settings, before);
  // The unchanged model beside it, as long as both stand before the same text.
  const truth = isChanged() && state.at === 0 ? nextTokenProbs(seen.scores.truth, state.settings, []) : null;
  byId("next-chart").replaceChildren(rankChart(now), tokenBars(now, truth, seen.texts[which][state.at]?.id));
  const share = percent(now.kept);
  byId("cut").textContent = now.count === config.n_vocab ? `All ${number(config.n_vocab)} tokens may come next.` : `The cut leaves ${number(now.count)} of ${number(config.n_vocab)} tokens, with ${share} of the probability. What is left is scaled up to 100 %.`;
  const context = state.at === 0 ? "right after your text" : `after “…${decode(before.slice(-6), tokenizer).replace(/\n/g, "⏎")}”`;
  byId("next-where").textContent = `Token ${state.at + 1} of ${COUNT}, ${context}`;
  byId("place").value = state.at;
  byId("place").setAttribute("aria-valuetext", byId("next-where").textContent);
}

// The sliders are made once; only what they move is drawn again.
function drawSettings() {
  const settings = state.settings;
  const set = (name) => (value) => {
    settings[name] = value;
    drawNext();
    later(ask);
  };
  fill("next",
    make("p", { class: "note", text: "The model gives every token a probability; then the dice are rolled. The sliders change the dice, not the model. A bar is the probability now, a thin mark the one without your change. The penalty counts what was written already: move to a later token, at the bottom, to see it." }),
    make("div", { class: "sliders" },
      slider({ id: "temperature", label: "Temperature", min: 0, max: 2, step: 0.05, value: settings.temperature, say: (t) => (t === 0 ? "0 (always the likeliest)" : t.toFixed(2)), act: set("temperature") }),
      slider({ id: "top-k", label: "Top-k", min: 0, max: TOP_K.length - 1, step: 1, value: TOP_K.indexOf(settings.topK), say: (i) => (TOP_K[i] ? `the best ${TOP_K[i]}` : "all"), act: (i) => set("topK")(TOP_K[i]) }),
      slider({ id: "top-p", label: "Top-p", min: 0.05, max: 1, step: 0.01, value: settings.topP, say: (p) => (p === 1 ? "all" : percent(p)), act: set("topP") }),
      slider({ id: "penalty", label: "Frequency penalty", min: 0, max: 2, step: 0.1, value: settings.penalty, say: (p) => p.toFixed(1), act: set("penalty") })),
    make("p", { id: "cut", class: "cut-words" }),
    make("div", { id: "next-chart" }),
    make("div", { class: "slider place" }, make("label", { for: "place", text: "Which of the tokens that it wrote" }), make("output", { id: "next-where", for: "place" }), make("input", { id: "place", type: "range", min: 0, max: COUNT - 1, step: 1, value: 0, oninput: (event) => showAt(Number(event.target.value)) })));
}

// On a narrow screen the outcome stands below: one line of it stays in sight.
function drawTicker() {
  const { truth, changed } = seen.loss;
  const text = (which) => decode(seen.texts[which].slice(0, 9).map((step) => step.id), tokenizer).replace(/\s+/g, " ").trim();
  const loss = truth && (reachesPassage() && changed ? `Loss ${mean(truth).toFixed(2)} → ${mean(changed).toFixed(2)}` : `Loss ${mean(truth).toFixed(2)}`);
  fill("ticker", make("b", { text: loss ?? "…" }), make("span", { text: `“${text(isChanged() ? "changed" : "truth")} …”` }));
}

function announce() {
  const { truth, changed } = seen.loss;
  const words = changeWords();
  byId("status").textContent = reachesPassage() ? `${words.join(", ")}: the loss is ${mean(changed).toFixed(2)} instead of ${mean(truth).toFixed(2)}.` : `${words.join(", ") || "Nothing is changed"}: the loss over the passage is ${mean(truth).toFixed(2)}.`;
}

function drawSmallPrint() {
  const blocks = seen.computed === 0 ? "no block anew" : seen.computed === 1 ? "one block anew" : `${seen.computed} blocks anew`;
  byId("small-print").textContent = `${seen.ids.length} tokens in ${seen.ms.toFixed(0)} ms on this machine, computing ${blocks}; what a change does not reach is remembered. The weights are stored as float16, which moves a logit by less than 0.02; everything is computed in double precision. The page asks nobody for anything: it was written by python -m playground whatif.`;
}
