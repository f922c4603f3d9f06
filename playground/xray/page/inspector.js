// The panel beside the stage: one number, how it comes about, and the function that makes it.

// info: {name, value, row, i} from a grid, and from the stage: rule (the formula), steps (the formula
// with numbers in it, one line each), result (what the steps come to), strips (rows to draw), plus.
function showCell(info) {
  const made = stageOf(journey[state.at]);
  const truth = info.truth ?? (info.row ? info.row.truth(info.i) : undefined);
  const yours = info.yours ?? (info.row ? info.row.yours(info.i) : undefined);
  const differs = info.differs ?? (info.row ? info.row.differs(info.i) : false);
  const far = info.result !== undefined && made !== null && Math.abs(info.result - info.value) > 1e-3 * (Math.abs(info.value) + (data.arrays[made.key] ? largestOf(made.key) : 1));
  const lines = [...(info.steps ?? [])].map((step) => make("p", { class: "step", text: step }));
  const formula = make(
    "div",
    { id: "formula", class: "formula" },
    info.rule ? make("p", { class: "rule", text: info.rule }) : null,
    ...lines,
    lines.length ? make("p", { class: "step result", text: `= ${digits(far ? info.result : info.value, kept(differs))}` }) : null,
  );
  const parts = [
    make("h2", { text: "The chosen number" }),
    make("p", { class: "number" }, make("code", { text: info.name }), make("b", { id: "cell-value", text: digits(info.value, kept(differs)) })),
    formula,
  ];
  if (differs) parts.push(comparison(truth, yours, info, made, far));
  if (info.strips) parts.push(strips(info.strips));
  if (info.plus) parts.push(info.plus);
  parts.push(functionCard(made, info));
  replace("cell", ...parts);
}

// Yours and the truth, and whether the mistake is here or came in with the inputs.
function comparison(truth, yours, info, made, far) {
  const box = make(
    "div",
    { class: "comparison" },
    make("p", {}, make("b", { text: "≠ differs" })),
    make("dl", {}, make("dt", { text: "yours" }), make("dd", { text: digits(yours, 3) }), make("dt", { text: "expected" }), make("dd", { text: digits(truth) }), make("dt", { text: "off by" }), make("dd", { text: digits(yours - truth, 3) })),
  );
  if (!made) return box;
  let verdict = "An earlier stage differs already; mend that one first.";
  if (data.first_difference === made.key) verdict = "Everything before this stage agrees: the mistake is in this step.";
  else if (state.show === "yours" && far) verdict = `With your inputs the formula gives ${digits(info.result)}, your ${made.function} has ${digits(yours, 3)}: there is a mistake in this step too.`;
  else if (state.show === "yours" && info.result !== undefined) verdict = "The formula on your inputs gives what you have: this step is right, the difference came in with its inputs.";
  box.append(make("p", { class: "verdict", text: verdict }));
  return box;
}

// Two rows and their products, drawn one under another: a dot product at a glance.
function strips(rows) {
  const box = make("div", { class: "strips" });
  for (const { label, values } of rows) {
    const scale = Math.max(...values.map(Math.abs)) || 1;
    box.append(
      make("span", { text: label }),
      heatMap(1, values.length, (_, c) => valueColour(values[c], scale), `${label}: ${values.length} numbers from ${digits(Math.min(...values), 3)} to ${digits(Math.max(...values), 3)}`),
    );
  }
  return box;
}

// The function of the kata that makes a stage: its formula, and the student's own line where it is theirs.
function functionCard(made, info = {}) {
  const name = info.function ?? made?.function;
  const known = data.impl.functions[name];
  if (!known) return make("p", { class: "note", text: made?.note ?? "" });
  const facts = made && made.function === data.stages[made.key]?.function ? data.stages[made.key] : {};
  const owner = { yours: data.impl.label, reference: "reference", "not there": "not done" }[known.origin];
  const how = {
    returned: "These numbers are what it returns.",
    "seen inside": "Seen inside it: what it hands to its helper.",
    recomputed: "Hidden inside it; recomputed here from the formula.",
    "not there": "Nobody has written it yet; the true numbers stand in.",
  }[facts.how];
  const card = make(
    "section",
    { class: "function" },
    make("h3", {}, make("code", { text: `${name}()` }), known.step ? make("small", { text: `step ${known.step}` }) : null, make("span", { class: `badge ${known.origin}`, text: owner })),
    known.summary ? make("p", { class: "summary", text: known.summary }) : null,
    known.formula ? make("pre", { class: "docs", text: known.formula }) : null,
    how && !facts.error ? make("p", { class: "note", text: how }) : null,
  );
  if (known.page) card.append(make("p", { class: "note" }, make("a", { href: known.page, text: `Read step ${known.step}: ${name}` })));
  if (facts.error) card.append(make("p", { class: "comparison", text: `It failed: ${facts.error}. The true numbers stand in.` }));
  if (known.code?.length) {
    const line = info.line ?? facts.line;
    const code = make("pre", { class: "code", tabindex: "0", "aria-label": `Your ${name}${line ? `, made on line ${line}` : ""}` });
    for (const [number, text] of known.code) {
      code.append(make("span", { class: number === line ? "code-line maker" : "code-line" }, make("i", { text: `${number} ` }), `${text}\n`));
    }
    card.append(code);
  }
  return card;
}
