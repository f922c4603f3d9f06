// Rows of the stream taken from a second text: which numbers, where, carry what makes the answers differ?

function drawPatch() {
  if (!byId("patch-box").open) return;
  const second = fitting(encode(state.second, tokenizer));
  if (!byId("second")) {
    fill("patch",
      make("p", { class: "note", text: "Run the model on a second text, and put one row of its numbers into the run on the first: the stream at one token, after one block. If the answer follows, that row carried it. A square is the darker, the more likely the second text's favourite token becomes by this one patch; choose squares to patch them." }),
      make("button", { type: "button", class: "quiet", text: "Try KING RICHARD I and KING EDWARD I", onclick: () => {
        state.second = byId("second").value = "KING EDWARD I";
        changeText("KING RICHARD I");
      } }),
      make("label", { for: "second", text: "The second text" }),
      make("textarea", { id: "second", rows: "2", maxlength: "300", spellcheck: "false", oninput: (event) => {
        state.second = event.target.value;
        later(() => changeModel((change) => { change.patches = []; }));
      } }),
      make("p", { id: "patch-note", class: "note" }),
      make("div", { id: "patch-grid" }));
    byId("second").value = state.second;
  }
  const { target, before } = seen.trace ?? {};
  byId("patch-note").textContent = target === undefined ? "Trying every square …" : `After the second text the favourite is ${visible(target)}. After the first one it has ${percent(before)}.${second.length === seen.ids.length ? "" : " The two texts differ in length: their ends face each other."}`;
  redraw("patch-grid", patchGrid(second));
}

function patchGrid(second) {
  const behind = second.length - seen.ids.length;
  const first = Math.max(0, -behind, seen.ids.length - WIDEST);
  const layers = [-1, ...Array.from({ length: config.n_layer }, (_, i) => i)];
  const name = (block) => (block === -1 ? "embed" : `block ${block}`);
  const index = (block, place) => state.change.patches.findIndex((patch) => patch.block === block && patch.place === place);
  const row = (place) => make("div", { class: "line", role: "row" },
    make("span", { class: "head", role: "rowheader", text: seen.ids[place] === second[place + behind] ? visible(seen.ids[place]) : `${visible(seen.ids[place])} ← ${visible(second[place + behind])}` }),
    ...layers.map((block) => {
      const share = seen.trace?.shares.get(block)?.[place] ?? 0;
      const on = index(block, place) >= 0;
      const words = `${spoken(second[place + behind])}, ${block === -1 ? "embeddings" : `after block ${block}`}: ${percent(share)}`;
      return make("span", { role: "gridcell" }, make("button", { type: "button", class: `cell${on ? " edited" : ""}`, "aria-pressed": String(on), "aria-label": words, title: words, "data-at": `${block},${place}`, tabindex: block === -1 && place === first ? 0 : -1, style: { "--weight": `${Math.round(100 * share)}%` }, text: share >= 0.005 ? String(Math.round(100 * share)) : "", onclick: () => changeModel((change) => {
        const at = index(block, place);
        if (at >= 0) change.patches.splice(at, 1);
        else change.patches.push({ block, place, from: second, row: place + behind });
      }) }));
    }));
  const heads = make("div", { class: "line", role: "row" }, make("span", { class: "head", role: "columnheader", text: "token" }), ...layers.map((block) => make("span", { class: "head", role: "columnheader", text: name(block) })));
  const grid = make("div", { class: "square patches", role: "grid", "aria-label": "What one patch does: rows are tokens, columns are layers", style: { "--columns": layers.length } }, heads, ...Array.from({ length: seen.ids.length - first }, (_, i) => row(first + i)));
  grid.addEventListener("keydown", (event) => walk(event, [...grid.querySelectorAll("button")], layers.length));
  return grid;
}
