// Opens the folders of the tree: what is inside is fetched when it is first wanted.
import { ask } from "./parts/asking.js";
import { morphChildren } from "./parts/morph.js";
import { onRefresh } from "./parts/refresh.js";

async function fetchInside(from) {
  const answer = await ask(from);
  if (!answer.ok) throw new Error(answer.statusText);
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

// The insides of folders that are open, from the outermost: others are fetched when they are opened.
onRefresh(async () => {
  for (const place of document.querySelectorAll("[data-tree] [data-kept]")) {
    if (place.parentElement.open) morphChildren(place, await fetchInside(place.dataset.kept));
    else {
      place.parentElement.dataset.inside = place.dataset.kept;
      place.remove();
    }
  }
});

document.addEventListener(
  "toggle",
  async (event) => {
    const folder = event.target;
    if (!folder.open || !folder.dataset.inside) return;
    const from = folder.dataset.inside;
    delete folder.dataset.inside;
    const place = document.createElement("div");
    place.dataset.kept = from;
    place.setAttribute("aria-busy", "true");
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", folder.querySelector(".branch-name").textContent);
    place.append(bar);
    folder.append(place);
    try {
      place.replaceChildren(...(await fetchInside(from)).children);
    } catch {
      place.textContent = folder.closest("[data-tree]").dataset.failed;
      delete place.dataset.kept;
      folder.dataset.inside = from; // Opened again, it is asked for again.
    }
    place.removeAttribute("aria-busy");
  },
  true,
);
