// Who looks at whom, as a square of weights in which any one can be set by hand.

const WIDEST = 24; // tokens shown, the last ones

function drawAttention() {
  if (!byId("attention-box").open) return;
  const { block, head } = state.look;
  const pick = (what) => (value) => {
    state.look = { ...state.look, [what]: value };
    state.cell = null;
    drawAttention();
    ask();
  };
  const options = (n) => Array.from({ length: n }, (_, i) => [i, String(i)]);
  redraw("attention",
    make("p", { class: "note", text: "Each row is a token that looks, each column a token that is looked at; a row's weights sum to 100 %. Choose a square and give it more or less: the rest of its row shares what is left." }),
    make("div", { class: "choices" }, choice("Block", options(config.n_layer), block, pick("block")), choice("Head", options(config.n_head), head, pick("head"))),
    make("div", { id: "attention-grid" }),
    make("div", { id: "attention-editor" }, cellEditor()));
  drawAttentionGrid();
}

function drawAttentionGrid() {
  if (!byId("attention-grid")) return;
  const count = seen.ids.length;
  redraw("attention-grid", seen.weights ? attentionGrid(Math.max(0, count - WIDEST), count) : make("p", { class: "note", text: "This block is switched off: nobody looks at anybody." }));
}

function attentionGrid(from, count) {
  const { block, head } = state.look;
  const { visible: mayLook } = recipeWith(state.change.mistakes);
  const edited = (query, key) => state.change.cells.some((cell) => cell.block === block && cell.head === head && cell.query === query && cell.key === key);
  const row = (query) => make("div", { class: "line", role: "row" },
    make("span", { class: "head", role: "rowheader", text: visible(seen.ids[query]) }),
    ...Array.from({ length: count - from }, (_, i) => from + i).map((key) => {
      const weight = seen.weights.data[query * count + key];
      const hidden = !mayLook(query, key);
      const chosen = state.cell?.query === query && state.cell?.key === key;
      const name = `${spoken(seen.ids[query])} looks at ${spoken(seen.ids[key])}: ${hidden ? "hidden by the mask" : percent(weight)}`;
      return make("span", { role: "gridcell" }, make("button", { type: "button", class: `cell${hidden ? " hidden" : ""}${edited(query, key) ? " edited" : ""}`, "aria-label": name, title: name, "aria-disabled": hidden || count === 1 ? "true" : null, "aria-pressed": String(chosen), tabindex: query === (state.cell?.query ?? count - 1) && key === (state.cell?.key ?? from) ? 0 : -1, "data-at": `${query},${key}`, style: { "--weight": `${Math.round(100 * Math.min(1, Math.max(0, weight)))}%` }, onclick: () => (hidden || query === 0 ? null : chooseCell(query, key)) }));
    }));
  const heads = make("div", { class: "line", role: "row" }, make("span", { role: "columnheader", class: "head", text: "looks ↓ at →" }), ...seen.ids.slice(from).map((id) => make("span", { class: "head column-head", role: "columnheader", text: visible(id) })));
  const grid = make("div", { class: "square", role: "grid", "aria-label": `Attention weights of block ${block}, head ${head}`, style: { "--columns": count - from } }, heads, ...Array.from({ length: count - from }, (_, i) => row(from + i)));
  grid.addEventListener("keydown", (event) => walk(event, [...grid.querySelectorAll("button")], count - from));
  return grid;
}

function chooseCell(query, key) {
  const { block, head } = state.look;
  const same = (cell) => cell.block === block && cell.head === head && cell.query === query && cell.key === key;
  const now = seen.weights.data[query * seen.ids.length + key];
  state.cell = state.change.cells.find(same) ?? { block, head, query, key, weight: Math.round(100 * now) / 100 };
  fill("attention-editor", cellEditor());
  drawAttentionGrid();
}

function cellEditor() {
  const cell = state.cell;
  if (!cell) return make("p", { class: "note", text: "No square is chosen." });
  const on = state.change.cells.includes(cell);
  return make("div", { class: "editor" },
    slider({ id: "weight", label: `${visible(seen.ids[cell.query])} looks at ${visible(seen.ids[cell.key])}`, min: 0, max: 1, step: 0.01, value: cell.weight, say: percent, act: (weight) => {
      cell.weight = weight;
      if (!state.change.cells.includes(cell)) state.change.cells.push(cell);
      byId("put-back").disabled = false;
      drawChanges();
      later(ask);
    } }),
    make("button", { id: "put-back", type: "button", class: "quiet", disabled: !on, text: "Put this weight back", onclick: () => changeModel((change) => { change.cells = change.cells.filter((other) => other !== cell); state.cell = null; }) }));
}
