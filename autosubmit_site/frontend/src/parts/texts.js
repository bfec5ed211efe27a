// The sentences of a page that its scripts say, translated by the server: a data block in the page.
const block = document.getElementById("texts");
const texts = block ? JSON.parse(block.textContent) : {};

export function text(name, values = {}) {
  const said = texts[name] ?? name;
  return said.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export function data(id) {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}
