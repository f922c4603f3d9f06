// Why reshape and then transpose: the right way beside the wrong one, cell by cell.
//
// A small copy of split_heads, 4 tokens x 2 heads x 3 columns. Every cell is named by its token and its
// column (2d: token 2, column d), and is coloured by its token. Time runs from 0 to 2; at each whole
// number the cells stand still.

const demo = { tokens: 4, heads: 2, size: 3, cell: 34, pitch: 38, middle: 2.35 };
const demoFrames = [
  { name: "x", right: "[4, 6]: four tokens, six columns each.", wrong: "The same x, [4, 6]." },
  {
    name: "reshape",
    right: "reshape(4, 2, 3): each row is cut into two heads. No number moves in memory.",
    wrong: "reshape(2, 4, 3): the numbers are dealt out in memory's order, 12 to each head, 3 to a row.",
  },
  {
    name: "transpose",
    right: "transpose(1, 0, 2) → [2, 4, 3]: the heads come to the front. Row 2 of each head is token 2.",
    wrong: "[2, 4, 3], the right shape, yet head 0 never sees tokens 2 and 3, and each row is half a token.",
  },
];

// Where the cell of a token and a column stands in each frame, in units of one cell.
function rightPath(token, column) {
  const [head, c] = [Math.floor(column / demo.size), column % demo.size];
  const start = [column, token + demo.middle];
  const cut = [column + 0.6 * head, token + demo.middle];
  const front = [c + 1.5, token + head * (demo.tokens + 0.7)];
  return [start, cut, front];
}

function wrongPath(token, column) {
  const memory = token * demo.heads * demo.size + column;
  const perHead = demo.tokens * demo.size;
  const [head, row, c] = [Math.floor(memory / perHead), Math.floor((memory % perHead) / demo.size), memory % demo.size];
  const end = [c + 1.5, row + head * (demo.tokens + 0.7)];
  return [[column, token + demo.middle], end, end];
}

function demoPanel(path, verdictOf) {
  const width = 7 * demo.pitch + 30;
  const height = (2 * demo.tokens + 0.7) * demo.pitch + 6;
  const box = svg("svg", { viewBox: `-30 -2 ${width} ${height}`, class: "demo", "aria-hidden": "true" });
  const cells = [];
  for (let token = 0; token < demo.tokens; token++) {
    for (let column = 0; column < demo.heads * demo.size; column++) {
      const name = svg("text", { x: demo.cell / 2, y: demo.cell / 2 + 4.5, class: "demo-name" });
      name.textContent = `${token}${"abcdef"[column]}`;
      const node = svg("g", { class: `demo-cell token-${token}` }, svg("rect", { width: demo.cell, height: demo.cell, rx: 6 }), name);
      cells.push({ node, stops: path(token, column) });
      box.append(node);
    }
  }
  const labels = svg("g", { class: "demo-labels" });
  for (let head = 0; head < demo.heads; head++) {
    for (let row = 0; row < demo.tokens; row++) {
      const y = (row + head * (demo.tokens + 0.7)) * demo.pitch + demo.cell / 2 + 4;
      labels.append(text(-28, y, row === 0 ? `head ${head}` : "", "demo-head"), text(4.9 * demo.pitch, y, verdictOf(head, row), "demo-verdict"));
    }
  }
  box.append(labels);
  const show = (time) => {
    const frame = Math.min(1, Math.floor(time));
    const t = ease(time - frame);
    for (const { node, stops } of cells) {
      const [x, y] = [0, 1].map((axis) => (stops[frame][axis] + (stops[frame + 1][axis] - stops[frame][axis]) * t) * demo.pitch);
      node.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
    }
    labels.setAttribute("opacity", Math.max(0, (time - 1.6) / 0.4).toFixed(2));
  };
  return { box, show };
}

const ease = (t) => (t < 0.5 ? 4 * t * t * t : 1 - (2 - 2 * t) ** 3 / 2);

function text(x, y, words, kind) {
  const node = svg("text", { x, y, class: kind });
  node.textContent = words;
  return node;
}

function wrongVerdict(head, row) {
  const token = Math.floor((head * demo.tokens * demo.size + row * demo.size) / (demo.heads * demo.size));
  return token === row ? `✗ half of ${row}` : `✗ ${token}, not ${row}`;
}

function headsAnimation() {
  const right = demoPanel(rightPath, (_, row) => `✓ token ${row}`);
  const wrong = demoPanel(wrongPath, wrongVerdict);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let [time, playing, last, held] = [0, false, 0, 0];

  const play = make("button", { type: "button", id: "demo-play", class: "strong", text: "▶ Play", onclick: () => setPlaying(!playing) });
  const step = make("button", { type: "button", id: "demo-step", text: "Step", onclick: () => stepOn() });
  const again = make("button", { type: "button", id: "demo-again", text: "Start again", onclick: () => { setPlaying(false); show(0); } });
  const slider = make("input", { type: "range", id: "demo-time", min: 0, max: 2, step: 0.01, value: 0, "aria-label": "Time in the animation" });
  slider.addEventListener("input", () => { setPlaying(false); show(Number(slider.value)); });
  slider.addEventListener("keydown", (event) => event.stopPropagation());
  const [rightWords, wrongWords] = [make("p", { class: "demo-words", id: "demo-right" }), make("p", { class: "demo-words", id: "demo-wrong" })];

  function show(to) {
    time = Math.max(0, Math.min(2, to));
    // Who asks for less motion sees the still frames only.
    const seen = still.matches ? Math.round(time) : time;
    right.show(seen);
    wrong.show(seen);
    const frame = demoFrames[Math.round(time)];
    if (rightWords.textContent !== frame.right) {
      rightWords.textContent = frame.right;
      wrongWords.textContent = frame.wrong;
      slider.setAttribute("aria-valuetext", frame.name);
    }
    slider.value = time;
    if (time >= 2 && playing) setPlaying(false);
  }

  function setPlaying(on) {
    playing = on;
    play.textContent = on ? "❚❚ Pause" : "▶ Play";
    if (!on) return;
    if (time >= 2) show(0);
    [last, held] = [performance.now(), 0.8];
    requestAnimationFrame(tick);
  }

  // A move takes 1.6 seconds, and the cells rest for 0.8 where they stand still.
  function tick(now) {
    if (!playing || !play.isConnected) return;
    const passed = (now - last) / 1000;
    last = now;
    const before = Math.floor(time);
    if (time === before && held < 0.8) held += passed;
    else {
      const next = time + passed / 1.6;
      held = 0;
      show(Math.floor(next) > before ? before + 1 : next);
    }
    if (playing) requestAnimationFrame(tick);
  }

  function stepOn() {
    setPlaying(false);
    show(time >= 2 ? 0 : Math.floor(time) + 1);
  }

  show(0);
  const panel = (title, words, { box }, kind) => make("div", { class: `demo-panel ${kind}` }, make("h4", { text: title }), box, words);
  return make(
    "section",
    { class: "demo-box", "aria-label": "Animation: reshape, then transpose" },
    make("h3", { text: "Why not reshape straight away?" }),
    make("p", { class: "note", text: "A small copy: 4 tokens, 2 heads, 3 columns each. Colour and digit say which token a number belongs to." }),
    make("div", { class: "demo-controls" }, play, step, again, slider),
    make("div", { class: "demo-panels" }, panel("✓ reshape, then transpose", rightWords, right, "good"), panel("✗ straight reshape", wrongWords, wrong, "bad")),
  );
}
