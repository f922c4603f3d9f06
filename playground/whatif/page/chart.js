// The probabilities of the next token as pictures: all of them by rank, and the first ten as bars.

// All tokens from the likeliest to the least likely, the rank on a logarithmic axis; hatched beyond the cut.
function rankChart({ before, order, count }) {
  const [width, height] = [560, 84];
  const x = (rank) => (width * Math.log(rank)) / Math.log(order.length);
  const top = before[order[0]] || 1;
  const points = [];
  for (let rank = 1; rank <= order.length; rank = Math.max(rank + 1, Math.floor(rank * 1.03))) points.push([x(rank), height - height * Math.sqrt(before[order[rank - 1]] / top)]);
  const outline = `M0,${height} ${points.map(([a, b]) => `L${a.toFixed(1)},${b.toFixed(1)}`).join(" ")} L${width},${height} Z`;
  const cut = count >= order.length ? width : (x(count) + x(count + 1)) / 2;
  const chart = make("svg", { viewBox: `0 0 ${width} ${height + 18}`, class: "ranks", role: "img", "aria-label": `Tokens from the likeliest to the least likely; the cut stands after rank ${count}` },
    make("path", { d: outline, class: "all" }),
    make("rect", { x: cut, y: 0, width: Math.max(0, width - cut), height, class: "cut-off" }),
    make("line", { x1: cut, x2: cut, y1: 0, y2: height, class: "cut-line" }));
  for (const rank of [1, 10, 100, 1000]) chart.append(make("text", { x: Math.max(4, x(rank)), y: height + 14, "text-anchor": rank === 1 ? "start" : "middle", text: rank === 1 ? "likeliest" : `${number(rank)}th` }));
  return chart;
}

function tokenBars({ probs, before, order, count }, truth, chosen) {
  const listed = order.slice(0, 10);
  const most = Math.max(...listed.map((id) => Math.max(probs[id], truth?.probs[id] ?? 0)));
  return make("ol", { class: "next-bars" }, ...listed.map((id, rank) => make("li", { class: `${rank >= count ? "cut" : ""}${id === chosen ? " chosen" : ""}` },
    make("code", { class: "name", text: visible(id) }),
    make("span", { class: "track", "aria-hidden": "true" },
      make("span", { class: "bar", style: { width: `${(100 * (rank < count ? probs[id] : before[id])) / most}%` } }),
      truth ? make("span", { class: "mark", style: { left: `${(100 * truth.probs[id]) / most}%` } }) : null),
    make("span", { class: "figure", text: rank < count ? percent(probs[id]) : "cut" }),
    truth ? make("span", { class: "unseen", text: `, unchanged ${percent(truth.probs[id])}` }) : null,
    id === chosen ? make("span", { class: "unseen", text: ", drawn" }) : null)));
}
