// Before the first paint, so that a dark page never flashes white. The policy allows no inline script.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("hubbub.theme");
  } catch {}
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
