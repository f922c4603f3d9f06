// What the stages that are unlike any other draw, from the text to the feed-forward.

function drawTokens(at) {
  const shownTokens = make("ol", { class: "token-list", start: 0 });
  data.ids.forEach((id, p) => {
    const facts = data.tokens[id];
    shownTokens.append(
      make("li", { class: p === at.p ? "token here" : "token" }, make("b", { text: tokenText(id) }), make("code", { text: String(id) }), make("small", { text: facts.bytes })),
    );
  });
  const id = data.ids[at.p];
  const bytes = data.tokens[id].bytes.split(" ");
  replace(
    "cell",
    make("h2", { text: "The chosen token" }),
    make("p", { class: "number" }, make("code", { text: `inputs[${at.p}]` }), make("b", { id: "cell-value", text: String(id) })),
    make("p", { class: "step", text: `${quoted(id)} is ${bytes.length} byte${bytes.length > 1 ? "s" : ""}: ${bytes.join(" ")}` }),
    make("p", { class: "note", text: `Row ${id} of wte is its embedding. Blanks are drawn as ␣; bytes that are no whole character stand in ⟨ ⟩.` }),
  );
  return {
    nodes: [make("blockquote", { class: "prompt", id: "prompt", text: data.prompt }), shownTokens],
    words: `${nSeq} token${nSeq > 1 ? "s" : ""}. Position ${at.p} holds ${quoted(id)}, id ${id} of ${model.n_vocab}.`,
    tables: () => [table("The tokens", ["token", "id", "bytes"], data.ids.map((_, p) => `position ${p}`), (p, c) => [tokenText(data.ids[p]), String(data.ids[p]), data.tokens[data.ids[p]].bytes][c])],
  };
}

function drawEmbedding(at) {
  const id = data.ids[at.p];
  const what = plainRow(`wte[${id}]`, unpack(data.wte[id]));
  const where = plainRow(`wpe[${at.p}]`, unpack(data.wpe).slice(at.p * model.n_embd, (at.p + 1) * model.n_embd));
  const out = rowOf("embed", at.p);
  const scale = largestOf("embed");
  const inspect = (i) => ({
    rule: "x[p, c] = wte[id, c] + wpe[p, c]",
    steps: [`= ${digits(what.at(i))} ${signed(where.at(i))}`],
    result: what.at(i) + where.at(i),
  });
  const { top, words } = extremes(out);
  const main = vector(out, { inspect, scale, start: top });
  return {
    nodes: [
      figure(`wte[${id}]`, `[${model.n_embd}]`, vector(what, { scale }), `what ${quoted(id)} is`),
      operator("+"),
      figure(`wpe[${at.p}]`, `[${model.n_embd}]`, vector(where, { scale }), `what position ${at.p} is`),
      operator("="),
      figure(`x[${at.p}]`, `[${model.n_embd}]`, main, "the residual stream begins"),
      legend(scale),
    ],
    main,
    words: `For ${quoted(id)} at position ${at.p}, ${words}.`,
    tables: tables(what, where, out),
  };
}

function drawSplit(at) {
  const all = rowOf(`${at.h}.qkv`, at.p);
  const scale = largestOf(`${at.h}.qkv`);
  const pieces = ["q", "k", "v"].map((name, part) => {
    const start = part * model.n_embd;
    const row = { ...all, name: `${name}[${at.p}]`, length: model.n_embd };
    for (const read of ["at", "truth", "yours", "differs"]) row[read] = (i) => all[read](start + i);
    const inspect = (i) => ({
      name: `${name}[${at.p}, ${i}]`,
      rule: `${name}[p, c] = qkv[p, ${start ? `${start} + ` : ""}c]`,
      steps: [`= qkv[${at.p}, ${start + i}]`],
    });
    return { row, grid: vector(row, { inspect, scale, caption: `${name}[${at.p}]`, lines: headLines("head") }) };
  });
  const meaning = ["query: what this token looks for", "key: what it offers to be found by", "value: what it passes on"];
  return {
    nodes: pieces.map(({ row, grid }, i) => figure(row.name, `[${model.n_embd}]`, grid, meaning[i])),
    main: pieces[0].grid,
    words: `qkv[${at.p}] holds 3 × ${model.n_embd} numbers: columns 0 to ${model.n_embd - 1} are q, then k, then v. Each line below is the share of one head.`,
    tables: () => pieces.map(({ row }) => vectorTable(row)),
  };
}

function drawHeads(at) {
  const size = model.d_head;
  const grids = ["q", "k", "v"].map((name, part) => {
    const key = `${at.h}.${name}`;
    const scale = largestOf(key);
    const rows = data.ids.map((_, p) => rowOf(key, at.head, p));
    const grid = cellGrid({
      rows: nSeq,
      columns: size,
      class: "vector",
      label: `${name} of head ${at.head}: ${nSeq} rows of ${size}`,
      rowHeads: data.ids.map((id) => tokenText(id)),
      marked: at.p,
      start: at.p * size,
      at: (r, c) => ({ value: rows[r].at(c), differs: rows[r].differs(c) }),
      colour: (value) => valueColour(value, scale),
      name: (r, c) => `${name}[${at.head}, ${r}, ${c}]`,
      inspect: (r, c) => {
        const from = part * model.n_embd + at.head * size + c;
        return {
          name: `${name}[${at.head}, ${r}, ${c}]`,
          value: rows[r].at(c),
          row: rows[r],
          i: c,
          rule: `${name}[h, p, d] = qkv[p, ${part ? `${part * model.n_embd} + ` : ""}${size}·h + d]`,
          steps: [`= qkv[${r}, ${from}]`],
          result: rowOf(`${at.h}.qkv`, r).at(from),
        };
      },
    });
    return { name, rows, grid };
  });
  return {
    nodes: [
      headsAnimation(),
      make("h3", { text: `The real numbers: head ${at.head}` }),
      ...grids.map(({ name, grid }) => figure(`${name}[${at.head}]`, `[${nSeq}, ${size}]`, grid)),
    ],
    main: grids[0].grid,
    words: `Head ${at.head} owns columns ${at.head * size} to ${(at.head + 1) * size - 1} of q, k and v: [${nSeq}, ${model.n_embd}] → [${model.n_head}, ${nSeq}, ${size}].`,
    tables: () => grids.map(({ rows, name }) => vectorTable(rows[at.p], `${name}[${at.head}, ${at.p}]`)),
  };
}

// A square of numbers, query by key, for the chosen head.
function square(options) {
  return cellGrid({
    rows: nSeq,
    columns: nSeq,
    class: "square",
    rowHeads: data.ids.map((id, p) => `${p} ${tokenText(id)}`),
    columnHeads: data.ids.map((id, p) => `${p} ${tokenText(id)}`),
    ...options,
  });
}

const squareTable = (caption, text) =>
  table(caption, data.ids.map((_, p) => `key ${p} ${tokenAt(p)}`), data.ids.map((_, p) => `query ${p} ${tokenAt(p)}`), text);

function drawScores(at) {
  const key = `${at.h}.scores`;
  const row = (r) => rowOf(key, at.head, r);
  const scale = largestOf(key);
  const root = Math.sqrt(model.d_head);
  const inspect = (r, c) => {
    const [q, k] = [rowOf(`${at.h}.q`, at.head, r), rowOf(`${at.h}.k`, at.head, c)];
    const [qs, ks] = [valuesOf(q), valuesOf(k)];
    const products = qs.map((v, i) => v * ks[i]);
    const sum = dot(q, k);
    return {
      name: `score[${r}, ${c}]`,
      value: row(r).at(c),
      row: row(r),
      i: c,
      rule: `score[query, key] = q[query] · k[key] / √d_head`,
      steps: [`= q[${r}] · k[${c}] / √${model.d_head}`, `= (${firstTerms(qs, ks, 2)} + …) / ${digits(root)}`, `= ${digits(sum)} / ${digits(root)}`],
      result: sum / root,
      strips: [{ label: `q[${r}]`, values: qs }, { label: `k[${c}]`, values: ks }, { label: "q × k", values: products }],
    };
  };
  const values = valuesOf(row(at.p)).slice(0, at.p + 1);
  const best = values.reduce((top, v, i) => (v > values[top] ? i : top), 0);
  const main = square({
    label: `Scores of head ${at.head}`,
    marked: at.p,
    start: at.p * nSeq + best,
    at: (r, c) => ({ value: row(r).at(c), differs: row(r).differs(c), text: digits(row(r).at(c), 2) }),
    colour: (value) => valueColour(value, scale),
    name: (r, c) => `score[${r}, ${c}]`,
    inspect,
  });
  return {
    nodes: [figure(`scores[${at.head}]`, `[${nSeq}, ${nSeq}]`, main, "rows ask, columns answer"), legend(scale)],
    main,
    words: `In head ${at.head}, ${quoted(data.ids[at.p])} (query ${at.p}) matches ${quoted(data.ids[best])} (key ${best}) best among the tokens that it may look at: ${digits(values[best])}.`,
    tables: () => [squareTable(`scores[${at.head}]`, (r, c) => digits(row(r).at(c)) + (row(r).differs(c) ? " ≠" : ""))],
  };
}

function drawMask(at) {
  const scores = (r) => rowOf(`${at.h}.scores`, at.head, r);
  const mask = (r) => rowOf("mask", r);
  const scale = largestOf(`${at.h}.scores`);
  const main = square({
    label: `Scores of head ${at.head} with the mask`,
    marked: at.p,
    start: at.p * nSeq + at.p,
    at: (r, c) => ({ value: scores(r).at(c) + mask(r).at(c), differs: mask(r).differs(c), hidden: mask(r).at(c) < -1e4, text: mask(r).at(c) < -1e4 ? "" : digits(scores(r).at(c), 2) }),
    colour: (value) => valueColour(value, scale),
    name: (r, c) => `score[${r}, ${c}] + mask[${r}, ${c}]`,
    inspect: (r, c) => ({
      name: `score[${r}, ${c}] + mask[${r}, ${c}]`,
      value: scores(r).at(c) + mask(r).at(c),
      truth: mask(r).truth(c),
      yours: mask(r).yours(c),
      differs: mask(r).differs(c),
      rule: "mask[query, key] = 0 where key ≤ query, very negative where key > query",
      steps: [`key ${c} ${c > r ? ">" : "≤"} query ${r}: mask = ${digits(mask(r).at(c))}`, `${digits(scores(r).at(c))} ${signed(mask(r).at(c))}`],
    }),
  });
  return {
    nodes: [figure(`scores[${at.head}] + mask`, `[${nSeq}, ${nSeq}]`, main, "hatched: hidden from the query")],
    main,
    words: `${quoted(data.ids[at.p])} at position ${at.p} may look at ${at.p + 1} token${at.p ? "s" : ""}: itself and everything before. ${nSeq - 1 - at.p} later ${nSeq - 1 - at.p === 1 ? "one is" : "ones are"} hidden.`,
    tables: () => [squareTable("mask", (r, c) => digits(mask(r).at(c)) + (mask(r).differs(c) ? " ≠" : ""))],
  };
}

function drawWeights(at) {
  const row = (r) => rowOf(`${at.h}.weights`, at.head, r);
  const hidden = (r, c) => rowOf("mask", r).at(c) < -1e4;
  const inspect = (r, c) => {
    const scores = valuesOf(rowOf(`${at.h}.scores`, at.head, r)).map((v, i) => v + rowOf("mask", r).at(i));
    const top = Math.max(...scores);
    const powers = scores.map((v) => Math.exp(v - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    return {
      name: `weight[${r}, ${c}]`,
      value: row(r).at(c),
      row: row(r),
      i: c,
      rule: "weight[query, key] = exp(score − max) / Σ exp(score − max)",
      steps: [`= exp(${digits(scores[c])} ${signed(-top)}) / ${digits(sum)}`, `= ${digits(powers[c])} / ${digits(sum)}`],
      result: powers[c] / sum,
    };
  };
  const weights = valuesOf(row(at.p));
  const best = weights.reduce((top, v, i) => (v > weights[top] ? i : top), 0);
  const main = square({
    label: `Attention weights of head ${at.head}`,
    marked: at.p,
    start: at.p * nSeq + best,
    at: (r, c) => ({ value: row(r).at(c), differs: row(r).differs(c), hidden: hidden(r, c) && row(r).at(c) === 0, text: hidden(r, c) && row(r).at(c) === 0 ? "" : share(row(r).at(c)) }),
    colour: shareColour,
    name: (r, c) => `weight[${r}, ${c}]`,
    inspect,
  });
  return {
    nodes: [figure(`weights[${at.head}]`, `[${nSeq}, ${nSeq}]`, main, "each row sums to 1"), headStrip(at)],
    main,
    words: `In head ${at.head}, ${quoted(data.ids[at.p])} takes ${percent(weights[best])} from ${quoted(data.ids[best])} at position ${best}.`,
    tables: () => [squareTable(`weights[${at.head}]`, (r, c) => digits(row(r).at(c)) + (row(r).differs(c) ? " ≠" : ""))],
  };
}

const share = (p) => (p >= 0.995 ? "1" : p.toFixed(2).replace(/^0/, ""));

// The patterns of all heads of a block, small: each is a button that chooses its head.
function headStrip(at) {
  const strip = make("div", { class: "thumbs", role: "group", "aria-label": `Heads of block ${at.block}` });
  for (let h = 0; h < model.n_head; h++) strip.append(thumbnail(at.block, h, () => update({ head: h }), h === at.head));
  return figure("All heads of this block", "", strip, "choose one");
}

function thumbnail(block, head, onclick, here) {
  const { [state.show === "yours" ? "yours" : "truth"]: values } = stageArray(`h.${block}.weights`);
  const at = (r, c) => shareColour(values[(head * nSeq + r) * nSeq + c]);
  const button = make("button", { type: "button", id: `thumb-${block}-${head}`, class: here ? "thumb here" : "thumb", "aria-pressed": String(here), onclick });
  button.append(heatMap(nSeq, nSeq, at, ""), make("span", { text: `block ${block} · head ${head}` }));
  button.firstChild.setAttribute("aria-hidden", "true");
  return button;
}

function drawValues(at) {
  const weights = rowOf(`${at.h}.weights`, at.head, at.p);
  const out = rowOf(`${at.h}.heads`, at.head, at.p);
  const values = data.ids.map((_, j) => rowOf(`${at.h}.v`, at.head, j));
  const scale = largestOf(`${at.h}.heads`);
  const term = (j, d) => `${digits(weights.at(j), 3)}·${inBrackets(values[j].at(d), 3)}`;
  const rows = at.p + 1;
  const terms = cellGrid({
    rows,
    columns: model.d_head,
    class: "vector weighted",
    label: "Value rows times their weights",
    rowHeads: Array.from({ length: rows }, (_, j) => `${share(weights.at(j))} ${tokenAt(j)}`),
    at: (j, d) => ({ value: weights.at(j) * values[j].at(d), differs: weights.differs(j) || values[j].differs(d) }),
    colour: (value) => valueColour(value, scale),
    name: (j, d) => `weight[${at.p}, ${j}] · v[${j}, ${d}]`,
    inspect: (j, d) => ({
      name: `weight[${at.p}, ${j}] · v[${j}, ${d}]`,
      value: weights.at(j) * values[j].at(d),
      rule: "one term of the weighted average",
      steps: [`= ${term(j, d)}`],
    }),
  });
  const inspect = (d) => ({
    rule: "head[h, p, d] = Σ weight[p, j] · v[h, j, d], over every j ≤ p",
    steps: [`= ${Array.from({ length: rows }, (_, j) => term(j, d)).join(" + ")}`],
    result: values.reduce((sum, row, j) => sum + (weights.at(j) ? weights.at(j) * row.at(d) : 0), 0),
  });
  const { top, words } = extremes(out);
  const main = vector(out, { inspect, scale, start: top, lines: ["Σ"] });
  return {
    nodes: [
      figure(`weight × v`, `[${rows}, ${model.d_head}]`, terms, `the ${rows} row${rows > 1 ? "s" : ""} that ${quoted(data.ids[at.p])} may look at; strong rows weigh more`),
      operator("Σ", "add the rows up, column by column"),
      figure(`heads[${at.head}, ${at.p}]`, `[${model.d_head}]`, main),
      headStrip(at),
    ],
    main,
    words: `Head ${at.head} answers ${quoted(data.ids[at.p])} with ${model.d_head} numbers: ${words}.`,
    tables: () => [vectorTable(out), table("weights of this query", ["weight"], data.ids.map((_, j) => `key ${j} ${tokenAt(j)}`), (j) => digits(weights.at(j)))],
  };
}

function drawMerge(at) {
  const out = rowOf(`${at.h}.merged`, at.p);
  const scale = largestOf(`${at.h}.merged`);
  const inspect = (i) => {
    const [h, d] = [Math.floor(i / model.d_head), i % model.d_head];
    return { rule: "merged[p, d_head·h + d] = heads[h, p, d]", steps: [`= heads[${h}, ${at.p}, ${d}]`], result: rowOf(`${at.h}.heads`, h, at.p).at(d) };
  };
  const heads = Array.from({ length: model.n_head }, (_, h) => rowOf(`${at.h}.heads`, h, at.p));
  const main = vector(out, { inspect, scale, start: at.head * model.d_head, lines: headLines("head") });
  return {
    nodes: [
      ...heads.map((row, h) => figure(`heads[${h}, ${at.p}]`, `[${model.d_head}]`, vector(row, { scale, lines: [""] }))),
      operator("↓", `put side by side: [${model.n_head}, ${nSeq}, ${model.d_head}] → [${nSeq}, ${model.n_embd}]`),
      figure(`merged[${at.p}]`, `[${model.n_embd}]`, main),
    ],
    main,
    words: `The ${model.n_head} heads' answers for ${quoted(data.ids[at.p])} become one row of ${model.n_embd} numbers: ${extremes(out).words}.`,
    tables: () => [vectorTable(out)],
  };
}

function gelu(x) {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function drawGelu(at) {
  const [input, out] = [rowOf(`${at.h}.fc`, at.p), rowOf(`${at.h}.gelu`, at.p)];
  const scale = largestOf(`${at.h}.fc`);
  const curve = geluCurve(input, out);
  const inspect = (i) => {
    curve.mark(input.at(i), out.at(i));
    const x = input.at(i);
    return {
      rule: "gelu(x) = 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))",
      steps: [`x = fc[${at.p}, ${i}] = ${digits(x)}`, `= 0.5 · ${inBrackets(x)} · (1 + tanh(${digits(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))}))`],
      result: gelu(x),
    };
  };
  const { top, words } = extremes(out);
  const main = vector(out, { inspect, scale, start: top });
  const muted = valuesOf(out).filter((v) => Math.abs(v) < 0.1).length;
  return {
    nodes: [curve.node, figure(`fc[${at.p}]`, `[${input.length}]`, vector(input, { scale })), operator("↓", "gelu, number by number"), figure(`gelu[${at.p}]`, `[${out.length}]`, main), legend(scale)],
    main,
    words: `Of ${out.length} patterns, ${muted} are muted (between −0.1 and 0.1) for ${quoted(data.ids[at.p])}; ${words}.`,
    tables: tables(input, out),
  };
}

// The curve, a tick for each number of this token, and the chosen one on it.
function geluCurve(input, out) {
  const [width, height, reach] = [560, 150, 4];
  const [x, y] = [(v) => ((Math.max(-reach, Math.min(reach, v)) + reach) / (2 * reach)) * width, (v) => height - 26 - (Math.min(reach, Math.max(-0.6, v)) + 0.4) * 25];
  const points = Array.from({ length: 161 }, (_, i) => -reach + i * 0.05);
  const line = svg("polyline", { class: "curve", points: points.map((v) => `${x(v)},${y(gelu(v))}`).join(" ") });
  const ticks = svg("g", { class: "ticks" }, ...Array.from(valuesOf(input), (v) => svg("line", { x1: x(v), x2: x(v), y1: height - 8, y2: height - 2 })));
  const dot = svg("circle", { class: "dot", r: 5, cx: -9, cy: -9 });
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve-box", role: "img" }, svg("line", { class: "axis", x1: 0, x2: width, y1: y(0), y2: y(0) }), svg("line", { class: "axis", x1: x(0), x2: x(0), y1: 0, y2: height - 14 }), line, ticks, dot);
  drawing.setAttribute("aria-label", "The gelu curve, with a tick below it for each number of this token");
  const mark = (from, to) => {
    dot.setAttribute("cx", x(from));
    dot.setAttribute("cy", y(to));
  };
  return { node: figure("gelu", "", drawing, `from −${reach} to ${reach}; ticks are the ${out.length} inputs`), mark };
}
