
// Every page that moves begins here.
function drawTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme === "dark" ? "Light colours" : "Dark colours";
  byId("theme").onclick = () => drawTheme(theme === "dark" ? "light" : "dark");
}

const darkScreen = matchMedia("(prefers-color-scheme: dark)");
const followScreen = () => drawTheme(darkScreen.matches ? "dark" : "light");
darkScreen.addEventListener("change", followScreen);
followScreen();
start();
