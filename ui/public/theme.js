// Before anything is drawn, so that a dark page does not flash white. A file of its own: the content
// security policy allows no script in the page.
(function () {
  var kept = null;
  try {
    kept = localStorage.getItem("gyre.theme");
  } catch (_) {
    // Without storage the system's choice counts.
  }
  var dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
