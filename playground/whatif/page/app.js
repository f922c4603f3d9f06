// The page begins here.

// Typing and sliding ask the worker once they rest for a moment.
let resting = null;
function later(act) {
  document.body.dataset.busy = "yes";
  clearTimeout(resting);
  resting = setTimeout(act, 60);
}

function drawTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme === "dark" ? "Light colours" : "Dark colours";
  byId("theme").onclick = () => drawTheme(theme === "dark" ? "light" : "dark");
}

function openWhatIsOn() {
  if (state.change.off.some((part) => part.includes("head"))) byId("heads-box").open = true;
  const first = state.change.mistakes[0] ? `row-${state.change.mistakes[0]}` : state.change.off[0] && `off-${state.change.off[0]}`;
  if (first) byId(first)?.scrollIntoView({ block: "center" });
}

const darkScreen = matchMedia("(prefers-color-scheme: dark)");
const followScreen = () => drawTheme(darkScreen.matches ? "dark" : "light");
darkScreen.addEventListener("change", followScreen);
followScreen();
const asked = readAddress();
drawMistakes();
drawParts();
drawSettings();
drawPrompt();
drawChanges();
fill("texts", make("p", { class: "note", text: "Waking the model up …" }));
if (asked) openWhatIsOn();

byId("prompt").addEventListener("input", (event) => {
  const text = event.target.value;
  state.prompt = text;
  drawPrompt();
  later(() => changeText(text));
});
byId("undo").addEventListener("click", () => changeModel((change) => {
  Object.assign(change, { mistakes: [], off: [], cells: [], patches: [] });
  state.cell = null;
}));
byId("reroll").addEventListener("click", () => {
  state.seed += 1;
  ask();
});
for (const [box, draw] of [["attention-box", drawAttention], ["patch-box", drawPatch]]) {
  byId(box).addEventListener("toggle", () => {
    draw();
    if (byId(box).open) ask();
  });
}
addEventListener("hashchange", () => {
  if (!readAddress()) return;
  state.change.cells = [];
  state.change.patches = [];
  drawChanges();
  openWhatIsOn();
  ask();
});
startWorker();
