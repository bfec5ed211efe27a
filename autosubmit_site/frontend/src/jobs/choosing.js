// Choosing jobs of the table with the pointer and with keys, and copying what was chosen.
import { copy } from "../parts/copy.js";
import { number } from "../parts/formats.js";
import { say } from "../parts/say.js";
import { text } from "../parts/texts.js";

// `changed` is called when other jobs are chosen, `open` with a row that is to be opened.
export function listenForChoices(view, grid, { changed, open, search }) {
  let anchor = -1;

  const choose = (from, to) => {
    for (let at = Math.min(from, to); at <= Math.max(from, to); at++) view.chosen.add(view.rows[at]);
  };
  const toggle = (at) => {
    if (!view.chosen.delete(view.rows[at])) view.chosen.add(view.rows[at]);
    anchor = at;
  };

  function clicked(event) {
    const element = event.target.closest(".grid-row");
    if (!element || event.target.closest("a")) return;
    const { at } = element;
    if (event.shiftKey && anchor >= 0) choose(anchor, at);
    else toggle(at);
    grid.go(at);
    changed();
  }

  function walk(event, to) {
    const from = Math.max(grid.here, 0);
    grid.go(to);
    if (!event.shiftKey) anchor = grid.here;
    else {
      choose(from, grid.here);
      changed();
    }
  }

  function pressed(event) {
    if (event.target !== grid.element || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    const { here, page } = grid;
    const to = {
      ArrowDown: here + 1, ArrowUp: here - 1, j: here + 1, k: here - 1,
      PageDown: here + page, PageUp: here - page, Home: 0, End: view.rows.length - 1,
    }[event.key];
    if (to !== undefined) walk(event, to);
    else if (event.key === " " && here >= 0) {
      toggle(here);
      changed();
    } else if (event.key === "Enter" && here >= 0) open(view.rows[here]);
    else if (event.key === "a" && held) {
      for (const row of view.rows) view.chosen.add(row);
      changed();
    } else if (event.key === "c" && !held) copyNames(view);
    else if (event.key === "Escape") {
      view.chosen.clear();
      changed();
    } else if (event.key === "/") search();
    else return;
    event.preventDefault();
  }

  grid.element.addEventListener("click", clicked);
  grid.element.addEventListener("keydown", pressed);
  document.querySelector("[data-copy-names]").addEventListener("click", () => copyNames(view));
  document.querySelector("[data-copy-command]").addEventListener("click", () => copyCommand(view));
  document.querySelector("[data-set-status]")?.addEventListener("submit", ({ target }) => {
    target.elements.job_names.value = chosenNames(view).join("\n");
  });
}

// Says how many are chosen, and offers what can be done with them.
export function showChosen({ chosen, rows }) {
  const told = document.querySelector("[data-selected]");
  told.hidden = !chosen.size;
  told.textContent = text("selected", { number: number(chosen.size) });
  document.querySelector("[data-copy-names]").hidden = !rows.length;
  document.querySelector("[data-copy-command]").hidden = !chosen.size;
  const setting = document.querySelector("[data-set-status]");
  if (setting) setting.hidden = !chosen.size;
}

// The chosen jobs in the order of the list, or all that are shown if none is chosen.
export const chosenNames = ({ chosen, rows, jobs }) =>
  (chosen.size ? [...chosen].sort((a, b) => a - b) : rows).map((row) => jobs.value("name", row));

async function copyNames(view) {
  await copy(chosenNames(view).join("\n"));
  say(text("copied"));
}

async function copyCommand(view) {
  await copy(`autosubmit setstatus ${view.expid} -fl "${chosenNames(view).join(" ")}" -t WAITING -s -np`);
  say(text("copied_command"));
}
