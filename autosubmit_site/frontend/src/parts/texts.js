// The sentences of a page that its scripts say, translated by the server: a data block in the page.
const block = document.getElementById("texts");
const texts = block ? JSON.parse(block.textContent) : {};

export const text = (name, values = {}) => fill(texts[name] ?? name, values);

export const fill = (said, values) => said.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

export function data(id) {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}
