// Tokens as chips. Those of the prompt only show where tokens begin and end; those that were generated can be
// chosen, by mouse or keyboard (Tab to the row, arrow keys, Home, End). All text goes in as text, never as HTML.
export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector("#chips");
  const focused = root.querySelector(":focus")?.dataset.index;
  root.replaceChildren();
  if (data.hidden > 0) {
    const more = document.createElement("span");
    more.className = "more";
    more.textContent = `${data.hidden} more …`;
    root.append(more);
  }
  const buttons = [];
  for (const token of data.tokens) {
    const chosen = token.index !== null;
    const chip = document.createElement(chosen ? "button" : "span");
    chip.className = chosen ? "chip" : "chip prompt";
    const text = document.createElement("b");
    text.textContent = token.text;
    const line = document.createElement("small");
    line.textContent = chosen ? `${token.id} · ${token.percent}` : `${token.id}`;
    chip.append(text, line);
    chip.title = token.title;
    if (chosen) {
      chip.type = "button";
      chip.dataset.index = token.index;
      chip.dataset.prob = token.prob;
      chip.style.setProperty("--p", Math.sqrt(token.prob));
      chip.setAttribute("aria-pressed", String(token.index === data.selected));
      chip.tabIndex = token.index === data.selected ? 0 : -1;
      chip.onclick = () => setTriggerValue("pick", token.index);
      buttons.push(chip);
    }
    root.append(chip);
  }
  if (buttons.length && !buttons.some((b) => b.tabIndex === 0)) buttons[0].tabIndex = 0;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  root.onkeydown = (event) => {
    const at = buttons.indexOf(event.target);
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(buttons.length - 1, at + steps[event.key]));
    buttons[next].focus();
    setTriggerValue("pick", Number(buttons[next].dataset.index));
  };
  if (focused !== undefined) buttons.find((b) => b.dataset.index === focused)?.focus();
}
