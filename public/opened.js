// Runs before anything is painted: on a small screen, a page that a link opens has little above its answers.
if (location.hash.startsWith("#f")) {
  document.documentElement.dataset.opened = "link";
}
