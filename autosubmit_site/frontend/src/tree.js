// Opens the folders of the tree: what is inside is fetched when it is first wanted.
import { ask } from "./parts/asking.js";

document.addEventListener(
  "toggle",
  async (event) => {
    const folder = event.target;
    if (!folder.open || !folder.dataset.inside) return;
    const from = folder.dataset.inside;
    delete folder.dataset.inside;
    const place = document.createElement("div");
    place.setAttribute("aria-busy", "true");
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", folder.querySelector(".branch-name").textContent);
    place.append(bar);
    folder.append(place);
    try {
      const answer = await ask(from);
      if (!answer.ok) throw new Error(answer.statusText);
      const inside = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...inside.body.children);
    } catch {
      place.textContent = folder.closest("[data-tree]").dataset.failed;
      folder.dataset.inside = from; // Opened again, it is asked for again.
    }
    place.removeAttribute("aria-busy");
  },
  true,
);
