// Before the first paint, so that a dark page never flashes white. The policy allows no inline script.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("hubbub.theme");
  } catch {}
  const isDark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
})();
