// The page that follows each save: what the grader says, and a new page whenever there is one.

function drawLive() {
  const { first, says } = data.live;
  const parts = [make("p", { id: "live-says", class: first ? "alarm" : "agree", text: says }), make("p", { id: "news", role: "status", class: "whose" })];
  if (first) {
    const words = first.message.split("\n").slice(1).join("\n");
    const box = make("section", { class: "live-first", id: "live-first", "aria-label": `The first wrong function: ${first.function}` });
    if (words.trim()) box.append(make("pre", { class: "docs", text: words }));
    const known = data.impl.functions[first.function];
    if (first.line) {
      const code = known?.code?.find(([number]) => number === first.line);
      box.append(make("p", {}, make("b", { text: `Line ${first.line}` }), code ? make("code", { text: ` ${code[1].trim()}` }) : null));
    }
    parts.push(box);
  }
  document.getElementById("banner").prepend(...parts);
}

// Where the reader is: the address has the stage; the focus and the scrolling are kept beside it. What has the
// focus stays where it is on the screen, however many lines the new verdict above it takes.
function keepPlace() {
  const active = document.activeElement;
  const cell = active?.matches?.(".cell") ? active.ariaLabel.split(" = ")[0] : null;
  const top = active?.getBoundingClientRect().top;
  sessionStorage.setItem("place", JSON.stringify({ id: active?.id ?? "", cell, top, y: window.scrollY, show: state.show, asText: state.asText }));
}

function takePlace() {
  const kept = JSON.parse(sessionStorage.getItem("place") ?? "null");
  if (!kept) return;
  sessionStorage.removeItem("place");
  update({ asText: kept.asText });
  const cells = [...document.querySelectorAll("#stage .cell")];
  const target = kept.cell ? cells.filter((cell) => cell.ariaLabel.startsWith(`${kept.cell} = `)).pop() : kept.id ? document.getElementById(kept.id) : null;
  target?.focus({ preventScroll: true });
  window.scrollTo(0, kept.y);
  if (target) window.scrollBy(0, target.getBoundingClientRect().top - kept.top);
}

if (data.live) {
  window.history.scrollRestoration = "manual";
  drawLive();
  takePlace();
  const news = new EventSource("events");
  news.addEventListener("message", (event) => {
    const { version, says } = JSON.parse(event.data);
    if (version > data.live.version) {
      keepPlace();
      window.location.reload();
    } else document.getElementById("news").textContent = says === data.live.says ? "" : says;
  });
  news.addEventListener("error", () => {
    document.getElementById("news").textContent = "The page's program has ended: make live starts it again.";
  });
}
