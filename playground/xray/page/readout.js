// The end of the journey, logits and the next token, and the maps of the whole run.

// A list of tokens with bars: each is one cell to walk through.
function bars(entries, label, inspect) {
  const grid = make("div", { class: "bars", role: "grid", "aria-label": label });
  const cells = entries.map(({ token, part, text, differs, tag }) => {
    const bar = make("span", { class: "bar" });
    bar.style.setProperty("--part", `${Math.max(0, Math.min(1, part)) * 100}%`);
    const cell = make("span", { role: "gridcell", tabindex: "-1", class: differs ? "cell bar-cell differs" : "cell bar-cell" }, make("code", { text: tokenText(token) }), bar, make("b", { text }), tag ? make("small", { text: tag }) : null);
    cell.setAttribute("aria-label", `${quoted(token)}: ${text}${tag ? `, ${tag}` : ""}${differs ? ", differs" : ""}`);
    grid.append(make("div", { role: "row", class: "line" }, cell));
    return cell;
  });
  walkable(grid, cells, 1, inspect);
  return grid;
}

// The likeliest tokens at a position, by whichever numbers are shown.
function topAt(p) {
  const mine = state.show === "yours" && data.top[p][0].length > 3;
  const entries = data.top[p].map(([id, logit, prob, yourLogit, yourProb]) => ({
    id,
    logit: mine ? yourLogit : logit,
    prob: mine ? yourProb : prob,
    entry: { logit, prob, your_logit: yourLogit, your_prob: yourProb },
    logitDiffers: far(yourLogit, logit),
    probDiffers: far(yourProb, prob),
  }));
  return entries.sort((a, b) => (b.logit ?? -Infinity) - (a.logit ?? -Infinity));
}

const far = (yours, truth) => yours !== undefined && (yours === null || Math.abs(yours - truth) > data.tolerance * (1 + Math.abs(truth)));
const ownNext = (p, id) => (p + 1 < nSeq && data.ids[p + 1] === id ? "the prompt's own next token" : "");

function drawLogits(at) {
  const entries = topAt(at.p);
  const row = rowOf("ln_f", at.p);
  const [most, least] = [entries[0].logit, Math.min(...entries.map((e) => e.logit))];
  const inspect = (i) => {
    const { id, logit, entry, logitDiffers } = entries[i];
    const info = { name: `logit[${at.p}, ${id}]`, value: logit, truth: entry.logit, yours: entry.your_logit, differs: logitDiffers, rule: `logit[p, token] = ln_f[p] · wte[token]` };
    if (!data.wte[id]) return { ...info, steps: [`= ln_f[${at.p}] · wte[${id}], ${model.n_embd} products`] };
    const embedding = plainRow(`wte[${id}]`, unpack(data.wte[id]));
    const [a, b] = [valuesOf(row), valuesOf(embedding)];
    return {
      ...info,
      steps: [`= ln_f[${at.p}] · wte[${id}]`, `= ${firstTerms(a, b, 2)} + … (${model.n_embd} products)`],
      result: dot(row, embedding),
      strips: [{ label: `ln_f[${at.p}]`, values: a }, { label: `wte[${id}]`, values: b }, { label: "product", values: a.map((v, c) => v * b[c]) }],
    };
  };
  const main = bars(
    entries.map((e) => ({ token: e.id, part: (e.logit - least + 1) / (most - least + 1), text: digits(e.logit), differs: e.logitDiffers, tag: ownNext(at.p, e.id) })),
    "The largest logits",
    inspect,
  );
  return {
    nodes: [figure(`ln_f[${at.p}]`, `[${model.n_embd}]`, vector(row)), operator("↓", `compared with all ${model.n_vocab} rows of wte: [${nSeq}, ${model.n_embd}] → [${nSeq}, ${model.n_vocab}]`), figure(`logits[${at.p}]`, `the largest of ${model.n_vocab}`, main)],
    main,
    words: `After ${quoted(data.ids[at.p])}, the largest logit is ${digits(entries[0].logit)}, of ${quoted(entries[0].id)}.`,
    tables: () => [table("The largest logits", ["id", "logit", "probability"], entries.map((e) => tokenText(e.id)), (r, c) => [String(entries[r].id), digits(entries[r].logit), digits(entries[r].prob)][c])],
  };
}

function drawNext(at) {
  const entries = topAt(at.p);
  const top = entries[0];
  const inspect = (i) => {
    const { id, logit, prob, entry, probDiffers } = entries[i];
    const sum = 1 / top.prob;
    return {
      name: `probability of ${quoted(id)}`,
      value: prob,
      truth: entry.prob,
      yours: entry.your_prob,
      differs: probDiffers,
      rule: "p(token) = exp(logit − max) / Σ exp(logit − max)",
      steps: [`= exp(${digits(logit)} ${signed(-top.logit)}) / ${digits(sum)}`, `= ${digits(Math.exp(logit - top.logit))} / ${digits(sum)}`],
    };
  };
  const main = bars(entries.map((e) => ({ token: e.id, part: e.prob, text: percent(e.prob), differs: e.probDiffers, tag: ownNext(at.p, e.id) })), "The likeliest next tokens", inspect);
  const so = make("p", { class: "sentence" }, make("span", { text: data.ids.slice(0, at.p + 1).map((id) => data.tokens[id].text ?? tokenText(id)).join("") }), make("mark", { text: data.tokens[top.id].text?.trim() ? data.tokens[top.id].text : tokenText(top.id) }));
  const known = at.p + 1 < nSeq ? ` The prompt goes on with ${quoted(data.ids[at.p + 1])}.` : "";
  return {
    nodes: [figure("So it would write", "", so, "greedy: the likeliest token"), figure(`probabilities[${at.p}]`, `the likeliest of ${model.n_vocab}`, main)],
    main,
    words: `After ${quoted(data.ids[at.p])} the model gives ${quoted(top.id)} ${percent(top.prob)}.${known}`,
    tables: () => [table("The likeliest next tokens", ["id", "probability"], entries.map((e) => tokenText(e.id)), (r, c) => [String(entries[r].id), digits(entries[r].prob)][c])],
  };
}

// ------------------------------------------------------------------------------------------ maps

function drawNorms(at) {
  const norms = data.norms[state.show] ?? data.norms.truth;
  const names = ["embedding", ...Array.from({ length: model.n_layer }, (_, i) => [`${i} attention`, `${i} feed-forward`]).flat()];
  const [width, height, left] = window.innerWidth < 600 ? [360, 220, 38] : [620, 250, 38];
  const most = Math.max(...norms.flat().filter((v) => v !== null)) * 1.05;
  const x = (i) => left + (i / (names.length - 1)) * (width - left - 12);
  const y = (v) => height - 30 - (v / most) * (height - 44);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "norms", role: "img", "aria-label": "Length of the residual stream after each half block; the table below has the numbers" });
  for (const tick of [0, 0.5, 1]) {
    const value = tick * most;
    drawing.append(svg("line", { class: "axis", x1: left, x2: width - 12, y1: y(value), y2: y(value) }), label(4, y(value) + 4, digits(value, 2)));
  }
  const draw = (p, kind) => svg("polyline", { class: kind, points: norms.map((row, i) => (row[p] === null ? "" : `${x(i)},${y(row[p])}`)).join(" ") });
  for (let p = 0; p < nSeq; p++) if (p !== at.p) drawing.append(draw(p, "other"));
  drawing.append(draw(at.p, "curve"), ...norms.map((row, i) => svg("circle", { class: "dot", r: 4, cx: x(i), cy: y(row[at.p] ?? 0) })));
  for (let i = 0; i < model.n_layer; i++) drawing.append(label(x(2 * i + 1.5) - 22, height - 8, `block ${i}`));
  const main = cellGrid({
    rows: nSeq,
    columns: names.length,
    class: "lens",
    label: "Length of the residual stream",
    rowHeads: data.ids.map((id, p) => `${p} ${tokenText(id)}`),
    columnHeads: names,
    marked: at.p,
    start: at.p * names.length,
    at: (r, c) => ({ value: norms[c][r], differs: data.norms.yours !== undefined && far(data.norms.yours[c][r], data.norms.truth[c][r]), text: digits(norms[c][r], 3) }),
    colour: (value) => mix(palette().zero, palette().share, value === null ? 1 : (0.75 * value) / most),
    name: (r, c) => `length of x[${r}] after ${names[c]}`,
    inspect: (r, c) => ({ name: `‖x[${r}]‖ after ${names[c]}`, value: norms[c][r], rule: "‖x[p]‖ = √(Σ x[p, c]²), the L2 norm", truth: data.norms.truth[c][r], yours: data.norms.yours?.[c][r] }),
  });
  const [first, last] = [norms[0][at.p], norms[norms.length - 1][at.p]];
  return {
    nodes: [figure("‖x‖", "", drawing, `${quoted(data.ids[at.p])} stands out; the other tokens are thin`), figure("The same, in numbers", `[${nSeq}, ${names.length}]`, main)],
    main,
    words: `The row of ${quoted(data.ids[at.p])} grows from ${digits(first)} to ${digits(last)}.`,
    tables: () => [table("Length of the residual stream", names, data.ids.map((_, p) => `${p} ${tokenAt(p)}`), (r, c) => digits(norms[c][r]))],
  };
}

const label = (x, y, text) => {
  const node = svg("text", { x, y, class: "label" });
  node.textContent = text;
  return node;
};

function drawLens(at) {
  const lens = data.lens[state.show] ?? data.lens.truth;
  const names = lens.map((_, i) => (i === 0 ? "embedding" : `block ${i - 1}`));
  const differs = (r, c) => data.lens.yours !== undefined && (data.lens.yours[r][c][0] !== data.lens.truth[r][c][0] || far(data.lens.yours[r][c][1], data.lens.truth[r][c][1]));
  const main = cellGrid({
    rows: lens.length,
    columns: nSeq,
    class: "lens",
    label: "Logit lens: the likeliest next token after each block",
    rowHeads: names,
    columnHeads: data.ids.map((id, p) => `${p} ${tokenText(id)}`),
    start: (lens.length - 1) * nSeq + at.p,
    at: (r, c) => ({ value: lens[r][c][1], text: tokenText(lens[r][c][0]), differs: differs(r, c) }),
    colour: (value) => shareColour((value ?? 0) * 0.85),
    name: (r, c) => `${names[r]}, after ${tokenAt(c)}: ${tokenText(lens[r][c][0])}`,
    inspect: (r, c) => ({
      name: `${names[r]}, after ${quoted(data.ids[c])}: ${quoted(lens[r][c][0])}`,
      value: lens[r][c][1],
      truth: data.lens.truth[r][c][1],
      yours: data.lens.yours?.[r][c][1],
      differs: differs(r, c),
      rule: "softmax( layer_norm(x, ln_f) · wteᵀ ), its largest probability",
      function: "gpt2",
    }),
  });
  const last = lens[lens.length - 1][at.p];
  const since = lens.findIndex((_, i) => lens.slice(i).every((row) => row[at.p][0] === last[0]));
  return {
    nodes: [figure("Likeliest next token", `[${lens.length}, ${nSeq}]`, main, "stronger is surer")],
    main,
    words: `After ${quoted(data.ids[at.p])} the model ends at ${quoted(last[0])} (${percent(last[1])}); it says so from ${names[since]} on.`,
    tables: () => [table("Logit lens", data.ids.map((_, p) => `after ${tokenAt(p)}`), names, (r, c) => `${tokenText(lens[r][c][0])} ${percent(lens[r][c][1])}`)],
  };
}

function drawPatterns(at) {
  const board = make("div", { class: "thumbs board", role: "group", "aria-label": "Attention patterns by block and head" });
  board.style.setProperty("--columns", Math.min(model.n_head, 8));
  for (const block of data.blocks) {
    for (let h = 0; h < model.n_head; h++) {
      board.append(thumbnail(block, h, () => goTo("weights", block, { head: h }), block === at.block && h === at.head));
    }
  }
  const facts = data.blocks.flatMap((block) =>
    Array.from({ length: model.n_head }, (_, h) => {
      const weights = valuesOf(rowOf(`h.${block}.weights`, h, at.p));
      const best = weights.reduce((top, v, i) => (v > weights[top] ? i : top), 0);
      return { block, h, best, weight: weights[best] };
    }),
  );
  replace("cell", make("h2", { text: "How to read it" }), make("p", { class: "note", text: "Each square is one head. A strong cell: the token of that row takes much from the token of that column. A strong diagonal looks at itself, a line beside it at the token before, a first column at the start." }), functionCard({ key: null, function: "attention" }));
  return {
    nodes: [figure("Attention", `${data.blocks.length} blocks × ${model.n_head} heads`, board, "choose one to open it")],
    words: `What ${quoted(data.ids[at.p])} looks at most: ${facts.slice(0, 4).map((f) => `block ${f.block} head ${f.h}: ${quoted(data.ids[f.best])} (${percent(f.weight)})`).join("; ")}; the rest is in the table.`,
    tables: () => [table(`What position ${at.p} looks at most`, ["key", "token", "weight"], facts.map((f) => `block ${f.block} head ${f.h}`), (r, c) => [String(facts[r].best), tokenAt(facts[r].best), digits(facts[r].weight)][c])],
  };
}
