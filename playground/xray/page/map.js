// The map: the whole machine as one drawing, and each block as another. Every box is a link to its stage.

const BRANCHES = {
  attention: [["ln_1", "qkv", "split", "heads"], ["scores", "mask", "weights", "values"], ["merge", "attn"]],
  mlp: [["ln_2", "fc", "gelu", "mlp"]],
};
const MARKS = { yours: "✓", wrong: "≠", after: "≠", reference: "○", todo: "·", plain: "" };
const STATUS_WORDS = {
  yours: "yours, and right",
  wrong: "yours, and wrong",
  after: "differs because an earlier stage does",
  reference: "the reference's",
  todo: "nobody has written it yet",
  plain: "outside of this run",
};

// What a box of the map is coloured by: the learner's progress.
function statusOf(keys, name) {
  const judged = data.live?.boxes?.[name];
  if (judged) return judged;
  if (!data.impl.functions[name]) return "plain";
  const facts = keys.map((key) => data.stages[key]).filter(Boolean);
  if (facts.some((fact) => fact.error)) return "wrong";
  const off = keys.filter((key) => data.stages[key]?.differ);
  if (off.length) return keys.includes(data.first_difference) ? "wrong" : "after";
  const origin = data.impl.functions[name]?.origin ?? "reference";
  return { yours: "yours", reference: "reference", "not there": "todo" }[origin];
}

function worst(statuses) {
  return ["wrong", "after", "todo", "reference", "yours"].find((status) => statuses.includes(status)) ?? "plain";
}

const entryOf = (id, block) => journey.find((entry) => entry.stage.id === id && (entry.block === null || entry.block === block));
const nameOf = (entry, block) => entry.stage.inside ?? data.stages[entry.stage.key({ h: `h.${block}`, block, head: 0, p: 0 })]?.function;
const keysIn = (entry, block) => keysOf({ ...entry, block: entry.block ?? block });
const statusAt = (id, block) => {
  const entry = entryOf(id, block);
  return entry ? statusOf(keysIn(entry, block), nameOf(entry, block)) : "reference";
};

const mapText = (x, y, text, kind = "map-name", anchor = "middle") => svg("text", { x, y, class: kind, "text-anchor": anchor }, text);
const mapRoad = (d, kind = "map-side") => svg("path", { d, class: kind });

// A box: a link to a place of the page, coloured by status.
function mapBox(x, y, width, title, below, status, place, spoken) {
  const height = 42;
  const link = svg(
    "a",
    { href: place.endsWith(".md") ? place : `#${place}`, id: `box-${place}-${title}`.replaceAll(" ", "-"), class: `map-box ${status}`, "aria-label": `${title}${below ? ` ${below}` : ""}: ${spoken ? `${spoken}, ` : ""}${STATUS_WORDS[status]}` },
    svg("rect", { x, y, width, height, rx: 9 }),
    mapText(x + width / 2, y + (below ? 18 : 26), title),
    mapText(x + width - 9, y + height - 6, MARKS[status], "map-mark"),
  );
  if (below) link.append(mapText(x + width / 2, y + 33, below, "map-code"));
  return link;
}

const plus = (x, y) => svg("g", { class: "map-plus", "aria-hidden": "true" }, svg("circle", { cx: x, cy: y, r: 11 }), mapText(x, y + 5.5, "+", "map-sign"));

function mapFrame(width, height, title) {
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "map", role: "group", "aria-label": title });
  return drawing;
}

const mapIsWide = () => document.getElementById("stage").clientWidth > 560;

function drawMap() {
  const wide = mapIsWide();
  const [width, road, first, second] = wide ? [720, 150, [250, 120], [430, 200]] : [372, 52, [100, 104], [226, 138]];
  const [frames, parts] = [[], []];
  let y = 12;
  const onRoad = (id, title, below, status) => {
    const left = Math.max(8, road - (wide ? 90 : 44));
    parts.push(mapBox(left, y, wide ? 180 : 200, title, below, status, id));
    y += 42;
  };
  onRoad("tokens", "Text to tokens", "encode()", worst(around("encode", "merge_word", "decode")));
  const start = y;
  y += 22;
  onRoad("embed", "Embedding", "wte + wpe", statusAt("embed", 0));
  if (wide) parts.push(mapText(260, y - 26, "what each token is: a row of wte,", "map-note", "start"), mapText(260, y - 9, "plus where it stands: a row of wpe", "map-note", "start"));
  y += 20;
  for (const block of data.blocks) {
    const top = y;
    frames.push(svg("rect", { x: wide ? 16 : 6, y: top, width: width - (wide ? 32 : 12), height: 156, rx: 14, class: "map-frame" }));
    const open = svg("a", { href: `#block.${block}`, class: "map-open", "aria-label": `Block ${block}: open it` }, mapText(wide ? 30 : 74, top + (wide ? 24 : 20), `Block ${block}`, "map-title", "start"));
    parts.push(open);
    for (const [half, offset, title, name, ids] of [["ln_1", 26, "Attention", "mha()", BRANCHES.attention.flat().slice(1)], ["ln_2", 94, "MLP", "feed_forward()", BRANCHES.mlp.flat().slice(1)]]) {
      const middle = top + offset + 21;
      const end = second[0] + second[1] + (wide ? 16 : 4);
      parts.push(mapRoad(`M ${road} ${middle} H ${end} V ${middle + 30} H ${road + 12}`));
      parts.push(mapBox(first[0], top + offset, first[1], "Layer norm", wide ? "layer_norm()" : "", statusAt(half, block), `${half}.${block}`, `block ${block}`));
      parts.push(mapBox(second[0], top + offset, second[1], title, name, worst(ids.map((id) => statusAt(id, block))), `block.${block}`, `block ${block}`));
      parts.push(plus(road, middle + 30));
    }
    y = top + 176;
  }
  if (data.blocks.length < model.n_layer) {
    parts.push(mapText(wide ? 400 : 220, y - 4, `blocks ${data.blocks.join(", ")} of ${model.n_layer} are drawn`, "map-note"));
    y += 16;
  }
  y += 6;
  const end = y;
  if (data.blocks.includes(model.n_layer - 1)) {
    onRoad("ln_f", "Last layer norm", "layer_norm()", statusAt("ln_f", 0));
    y += 14;
  }
  onRoad("logits", "Logits: times wteᵀ", "gpt2()", statusAt("logits", 0));
  y += 14;
  onRoad("next", "The next token", "softmax(), sample()", worst([statusAt("next", 0), ...around("sample", "next_token_probs", "apply_frequency_penalty")]));
  const bottom = y;
  y += aroundTheModel(parts, y + 26, width);
  const drawing = mapFrame(width, y + 12, "The whole machine: the residual stream from top to bottom, two side roads in each block");
  drawing.append(...frames, mapRoad(`M ${road} ${start - 4} V ${bottom - 20}`, "map-road"));
  const label = mapText(0, 0, "the residual stream", "map-stream");
  label.setAttribute("transform", `translate(${road - (wide ? 24 : 22)} ${(start + end) / 2 + 60}) rotate(-90)`);
  drawing.append(...parts, label);
  mapAside();
  const order = data.blocks.length ? `${data.blocks.length} blocks` : "the blocks";
  return {
    nodes: [make("figure", { class: "figure" }, drawing), mapKey()],
    words: `A text goes in at the top, its tokens' rows run down one road through ${order}, and come out as a score for each of ${model.n_vocab.toLocaleString("en")} tokens. Each block reads the stream twice and adds to it twice; nothing is ever taken off the road. Choose a box to open it.`,
    tables: () => [mapTable(journey.filter((entry) => entry.block === null || entry.block === data.blocks[0]))],
  };
}

const around = (...names) => names.map((name) => statusOf([], name));

// The steps that stand around the forward pass; each leads to its page.
function aroundTheModel(parts, y, width) {
  if (!data.pages) return 0;
  const boxes = [
    ["Generate", "generate()", 10, ["generate"]],
    ["KV cache", "gpt2_cached()", 12, ["mha_cached", "gpt2_cached", "generate_cached"]],
    ["Weights", "to_params()", 14, ["read_safetensors", "to_params"]],
  ];
  const [left, gap] = [width > 500 ? 60 : 8, 10];
  const size = (Math.min(width, 620) - left - 8 - 2 * gap) / 3;
  parts.push(mapText(left, y, "Around the model", "map-title", "start"));
  boxes.forEach(([title, below, step, names], i) => parts.push(mapBox(left + i * (size + gap), y + 10, size, title, below, worst(around(...names)), data.pages[step])));
  return 78;
}

// One block with all its stages: two side roads that leave the stream and come back to it.
function drawBlockMap(at) {
  const wide = mapIsWide();
  const [width, road, left, columns, gap] = wide ? [720, 46, 92, 4, 14] : [372, 30, 62, 2, 12];
  const boxWidth = (width - left - 34 - gap * (columns - 1)) / columns;
  const parts = [];
  const roads = [];
  let y = 30;
  const rows = (groups) => {
    const flat = groups.flat();
    return wide ? groups : Array.from({ length: Math.ceil(flat.length / 2) }, (_, i) => flat.slice(2 * i, 2 * i + 2));
  };
  for (const [title, groups, sum] of [["Attention: tokens look at one another", BRANCHES.attention, "mid"], ["MLP: each token alone", BRANCHES.mlp, "out"]]) {
    parts.push(mapText(left, y - 10, title, "map-title", "start"));
    const lines = rows(groups);
    const insideHead = ["heads", "scores", "mask", "weights", "values", "merge"];
    lines.forEach((ids, r) => {
      const middle = y + 21;
      const startX = r === 0 ? road : left - 16;
      const endX = width - 12;
      const last = r === lines.length - 1;
      roads.push(mapRoad(`M ${startX} ${middle} H ${last ? left + ids.length * (boxWidth + gap) : endX}${last ? "" : ` V ${middle + 33} H ${left - 16} V ${middle + 66}`}`));
      if (last) roads.push(mapRoad(`M ${left + ids.length * (boxWidth + gap)} ${middle} V ${middle + 36} H ${road + 12}`));
      ids.forEach((id, c) => {
        const entry = entryOf(id, at.block);
        const spoken = insideHead.includes(id) ? `head ${at.head}` : `block ${at.block}`;
        parts.push(mapBox(left + c * (boxWidth + gap), y, boxWidth, entry.stage.short ?? entry.stage.title, `${nameOf(entry, at.block)}()`, statusAt(id, at.block), `${id}.${at.block};p=${at.p};h=${at.head}`, spoken));
      });
      y += 66;
    });
    const add = entryOf(sum, at.block);
    y -= 9;
    parts.push(plus(road, y));
    parts.push(mapBox(left, y + 14, boxWidth * (wide ? 1 : 1.3), add.stage.short ?? add.stage.title, "x + …", statusAt(sum, at.block), `${sum}.${at.block};p=${at.p};h=${at.head}`, `block ${at.block}`));
    roads.push(mapRoad(`M ${road} ${y + 35} H ${left}`));
    y += 96;
  }
  const height = y - 24;
  const drawing = mapFrame(width, height, `Block ${at.block}: two side roads of the residual stream`);
  drawing.append(mapRoad(`M ${road} 0 V ${height}`, "map-road"), ...roads, ...parts);
  mapAside();
  return {
    nodes: [make("figure", { class: "figure" }, drawing), mapKey(), headStrip(at)],
    words: `Block ${at.block} of ${model.n_layer}: the row of every token comes down the road on the left. Attention runs in ${model.n_head} heads side by side, each with ${model.d_head} columns; the MLP is four times as wide as the stream. You look at head ${at.head} and at ${quoted(data.ids[at.p])}, position ${at.p}.`,
    tables: () => [mapTable(journey.filter((entry) => entry.block === at.block && entry.stage.id !== "block"))],
  };
}

function mapTable(entries) {
  const shown = entries.filter((entry) => entry.stage.key(place(entry)) !== null);
  const row = (entry) => {
    const name = nameOf(entry, entry.block ?? 0);
    const key = keysIn(entry, entry.block ?? 0)[0];
    return [`${name}()`, String(data.impl.functions[name]?.step ?? ""), key && data.arrays[key] ? `[${data.arrays[key].shape.join(", ")}]` : "", STATUS_WORDS[statusAt(entry.stage.id, entry.block ?? 0)]];
  };
  return table("The stages", ["function", "step", "shape", "whose"], shown.map((entry) => entry.stage.title), (r, c) => row(shown[r])[c]);
}

function mapKey() {
  const used = ["yours", "wrong", "after", "reference", "todo"];
  return make("ul", { class: "map-key" }, ...used.map((status) => make("li", { class: status }, make("b", { text: MARKS[status], "aria-hidden": "true" }), ` ${STATUS_WORDS[status]}`)));
}

// Beside the map: the steps of the kata, each with its page and how far it is.
function mapAside() {
  const list = make("ol", { class: "step-list" });
  const everywhere = data.live?.steps ?? Object.fromEntries(Object.entries(data.impl.functions).map(([name, { step }]) => [name, step]));
  for (const [name, step] of Object.entries(everywhere)) {
    const facts = { step, page: data.pages?.[step] };
    const status = statusOf(Object.keys(data.stages).filter((key) => data.stages[key].function === name), name);
    const words = [make("code", { text: `${name}()` }), make("small", { text: facts.step ? ` step ${facts.step}` : "" })];
    list.append(make("li", { class: status }, make("b", { text: MARKS[status], title: STATUS_WORDS[status] }), facts.page ? make("a", { href: facts.page }, ...words) : make("span", {}, ...words)));
  }
  const heading = make("h2", { text: "The functions, and their pages" });
  if (showFirstNumber()) document.getElementById("cell").append(heading, list);
  else replace("cell", heading, list);
}

// The first number that differs, with its formula worked out, beside the map: as its own stage shows it.
function showFirstNumber() {
  const key = data.first_difference;
  const facts = key ? data.stages[key] : null;
  if (!facts?.at) return false;
  const [, block] = key.match(/^h\.(\d+)\./) ?? [];
  const wanted = block === undefined ? state.block : Number(block);
  const index = journey.findIndex((entry) => (entry.block === null || entry.block === wanted) && keysIn(entry, wanted).includes(key));
  if (index < 0) return false;
  const before = { ...state };
  const perHead = facts.at.length === 3;
  Object.assign(state, { at: index, block: wanted, show: "yours", position: perHead ? facts.at[1] : facts.at[0], head: perHead ? facts.at[0] : state.head });
  const { nodes } = journey[index].stage.draw(place(journey[index]));
  const cell = cellAmong(nodes.flatMap((node) => [...node.querySelectorAll(".cell")]), key, facts.at);
  cell?.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
  Object.assign(state, before);
  return cell !== undefined;
}
