// The left column: the text, the kata's mistakes, and the parts that can be switched off.

const PRESETS = ["ROMEO:\nO, my", "To be, or not to be", "KING RICHARD III:\n", "My lord, the", "O, he is dead", "we are such stuff as dreams are made on"];
const LONGEST = 10; // the loss of a full bar: a longer one would make all others short
const labels = new Map(facts.mistakes.flatMap((group) => group.mistakes.map((mistake) => [mistake.id, mistake.label])));

function drawPrompt() {
  const ids = encode(state.prompt, tokenizer);
  const used = fitting(ids);
  if (byId("prompt").value !== state.prompt) byId("prompt").value = state.prompt;
  const note = !ids.length ? "Write something: a model needs at least one token to go on from." : ids.length > used.length ? `${ids.length} tokens. Only the last ${used.length} are used, so that ${COUNT} more fit into the model's ${config.n_ctx}.` : `The model sees ${ids.length} ${ids.length === 1 ? "token" : "tokens"}, made with GPT-2's own merges:`;
  byId("prompt-note").textContent = note;
  fill("tokens", ...used.slice(0, 80).map((id) => make("span", { class: "token", title: `id ${id}`, text: visible(id) })), used.length > 80 ? make("span", { class: "note", text: ` … ${used.length - 80} more` }) : null);
  byId("tokens").setAttribute("aria-label", `${used.length} tokens: ${used.slice(0, 80).map(spoken).join(", ")}`);
  redraw("presets", ...PRESETS.map((text) => make("button", { type: "button", class: "preset", "aria-pressed": String(text === state.prompt), onclick: () => changeText(text), text: text.replace(/\n/g, " ⏎ ") })));
}

function lossBar(name) {
  const loss = facts.losses[name];
  const share = (value) => `${Math.min(100, (100 * value) / LONGEST)}%`;
  const more = loss - facts.losses.nothing;
  const words = more < 0.005 ? "no change" : `+${more < 0.1 ? more.toFixed(2) : more.toFixed(1)}`;
  return make("span", { class: "loss-bar", title: `Loss ${loss.toFixed(2)} instead of ${facts.losses.nothing.toFixed(2)}` },
    make("span", { class: "unseen", text: `Loss ${loss.toFixed(2)} instead of ${facts.losses.nothing.toFixed(2)}.` }),
    make("span", { class: "track", "aria-hidden": "true" }, make("span", { class: "more", style: { width: share(loss) } }), make("span", { class: "base", style: { width: share(facts.losses.nothing) } })),
    make("span", { class: "figure", "aria-hidden": "true", text: words }));
}

function drawMistakes() {
  fill("mistakes", ...facts.mistakes.map((group) => make("section", { class: "step" },
    make("h4", {}, make("a", { href: `steps/${group.page}`, text: `Step ${group.step}` }), ` · ${group.name}`),
    make("ul", { class: "rows" }, ...group.mistakes.map(({ id, label, says, why }) => make("li", { class: "row", id: `row-${id}` },
      toggle({ id: `mistake-${id}`, label, on: false, act: () => switchMistake(id), describedby: `says-${id}` }),
      lossBar(id),
      make("p", { class: "says", id: `says-${id}`, text: `The grader says: “${says}”` }),
      make("p", { class: "says why", text: why })))))));
}

function drawParts() {
  const block = (i) => make("li", { class: "block" },
    make("span", { class: "block-name", text: `Block ${i}` }),
    ...[["", "whole block"], [".attn", "attention"], [".mlp", "MLP"]].map(([suffix, name]) => make("div", { class: "part" },
      toggle({ id: `off-${i}${suffix}`, label: name, on: false, act: () => switchPart(`${i}${suffix}`), className: "switch small" }), lossBar(`${i}${suffix}`))));
  fill("parts", make("ol", { class: "blocks" }, ...Array.from({ length: config.n_layer }, (_, i) => block(i))));
  fill("heads", make("ol", { class: "blocks heads" }, ...Array.from({ length: config.n_layer }, (_, i) => make("li", { class: "block" },
    make("span", { class: "block-name", text: `Block ${i}` }),
    ...Array.from({ length: config.n_head }, (_, head) => make("div", { class: "part" },
      toggle({ id: `off-${i}.head.${head}`, label: `head ${head}`, on: false, act: () => switchPart(`${i}.head.${head}`), className: "switch small" }), lossBar(`${i}.head.${head}`)))))));
  const missed = Object.keys(facts.losses).filter((name) => name.includes(".head.")).map((name) => facts.losses[name] - facts.losses.nothing);
  byId("heads-note").textContent = `Each attention has four heads. In a model as small as this one most of them are hardly missed: for ${missed.filter((more) => more <= 0.1).length} of the ${missed.length} the loss grows by no more than 0.1.`;
  for (const button of document.querySelectorAll("#parts .switch, #heads .switch")) {
    const [where, ...rest] = button.id.slice(4).split(".");
    const name = { "": "the whole block", attn: "attention", mlp: "the MLP" }[rest[0] ?? ""] ?? `head ${rest[1]}`;
    button.setAttribute("aria-label", `Block ${where}: switch off ${button.textContent} (${name})`);
    button.title = `Switch off ${name} of block ${where}`;
  }
}

const partName = (part) => {
  const [block, kind, head] = part.split(".");
  return { undefined: `block ${block} off`, attn: `attention ${block} off`, mlp: `MLP ${block} off`, head: `head ${block}.${head} off` }[kind];
};

function changeWords() {
  const { mistakes, off, cells, patches } = state.change;
  return [
    ...mistakes.map((id) => labels.get(id)),
    ...off.map(partName),
    cells.length ? `${cells.length} attention ${cells.length === 1 ? "weight" : "weights"} set by hand` : null,
    patches.length ? `${patches.length} ${patches.length === 1 ? "patch" : "patches"}` : null,
  ].filter(Boolean);
}

function drawChanges() {
  for (const id of Object.keys(MISTAKES)) {
    const on = state.change.mistakes.includes(id);
    byId(`mistake-${id}`)?.setAttribute("aria-checked", String(on));
    byId(`row-${id}`)?.classList.toggle("on", on);
  }
  for (const button of document.querySelectorAll("#parts .switch, #heads .switch")) {
    button.setAttribute("aria-checked", String(state.change.off.includes(button.id.slice(4))));
  }
  const words = changeWords();
  byId("summary").textContent = words.length ? `Changed: ${words.join(" · ")}` : "Nothing is changed yet: this is GPT-2 as it should be.";
  byId("summary").classList.toggle("alarm", words.length > 0);
  byId("undo").disabled = words.length === 0;
}
