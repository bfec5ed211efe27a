// Makes a part of the page like a newer one, and leaves alone what is the same: what has the focus,
// is selected, opened or scrolled to stays so.

// What scripts and readers change themselves: whether a folder is open, where its inside is from,
// whether a button is pressed, and whether a drawing is there.
const THEIRS = new Set(["open", "data-inside", "aria-pressed", "data-ready"]);

export function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (!THEIRS.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!THEIRS.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  morphChildren(old, fresh);
}

export function morphChildren(old, fresh) {
  let at = skipKept(old.firstChild);
  for (const wanted of [...fresh.childNodes]) {
    const found = findSame(at, wanted);
    if (!found) {
      old.insertBefore(wanted, at);
      continue;
    }
    if (found === at) at = skipKept(at.nextSibling);
    else old.insertBefore(found, at);
    morph(found, wanted);
  }
  while (at) {
    const next = skipKept(at.nextSibling);
    at.remove();
    at = next;
  }
}

// What a script has put there (data-kept) is not for the server to say.
function skipKept(node) {
  while (node?.dataset?.kept !== undefined) node = node.nextSibling;
  return node;
}

function findSame(at, wanted) {
  for (let node = at; node; node = skipKept(node.nextSibling)) if (isSame(node, wanted)) return node;
  return null;
}

const isSame = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

// Rows of lists are known by where they lead, other elements by their ids or what they switch.
export function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.nodeName === "LI" || node.nodeName === "TR") return node.querySelector("a[href]")?.getAttribute("href") ?? "";
  return node.id || (node.dataset.toggle ?? "");
}
