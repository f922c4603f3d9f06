
// Every page that moves begins here.
function drawTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme === "dark" ? "Light colours" : "Dark colours";
  byId("theme").onclick = () => drawTheme(theme === "dark" ? "light" : "dark");
}

drawTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
start();
