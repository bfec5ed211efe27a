// Keys: "/" goes to the search, j and k walk the rows of a list, "g" and a letter go to a page.
const editable = (element) =>
  element.closest?.("input, select, textarea, [contenteditable], [data-keys]");
let going = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || editable(event.target)) return;
  const key = event.key;
  if (going) {
    going = false;
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`) ??
      (key === "h" ? document.querySelector(".brand") : null);
    if (link) {
      event.preventDefault();
      link.click();
    }
  } else if (key === "g") {
    going = true;
    setTimeout(() => (going = false), 3000);
  } else if (key === "/") {
    const field = document.querySelector("[data-search]") ?? document.querySelector("[data-shortcut='/']");
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  } else if (key === "j" || key === "k") {
    walk(key === "j" ? 1 : -1, event);
  }
});

function walk(step, event) {
  const links = [...document.querySelectorAll("[data-row-link]")];
  if (!links.length) return;
  event.preventDefault();
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
  links[Math.min(Math.max(next, 0), links.length - 1)].focus();
}
