// The panel beside the graph: what there is to know of the chosen job, and ways to its neighbours.
import { badge } from "../parts/badges.js";
import { duration, instant, number } from "../parts/formats.js";
import { jobLink } from "../parts/jobs.js";
import { text } from "../parts/texts.js";

const MOST_NEIGHBOURS = 100;
const WORDS = ["section", "date", "member", "chunk", "platform"];
const DURATIONS = ["queue_seconds", "run_seconds"];
const INSTANTS = ["start", "finish"];

export const linkOf = ({ root, expid, jobs }, row) => jobLink(root, expid, jobs.value("name", row));

// Shows the chosen job, or nothing without one; `choose` is called with another, or -1 to close.
export function showPanel(view, choose) {
  const place = document.querySelector("[data-panel]");
  place.hidden = view.chosen < 0;
  if (place.hidden) return;
  const row = view.chosen;
  const made = document.getElementById("panel").content.cloneNode(true);
  const link = made.querySelector("[data-name]");
  link.textContent = view.jobs.value("name", row);
  link.href = linkOf(view, row);
  fillFacts(view, made);
  for (const name of ["parents", "children"]) {
    fillNeighbours(view, made.querySelector(`[data-${name}]`), name, view.edges[name](row), choose);
  }
  made.querySelector("[data-close]").addEventListener("click", () => choose(-1));
  place.replaceChildren(made);
}

// Shows what changed of the chosen job and its neighbours: these are others only where the panel is
// made anew.
export function refreshPanel(view, rows) {
  if (view.chosen < 0) return;
  const place = document.querySelector("[data-panel]");
  if (rows.has(view.chosen)) fillFacts(view, place);
  for (const item of place.querySelectorAll("li[data-row]")) {
    const row = Number(item.dataset.row);
    if (rows.has(row)) item.lastElementChild.replaceWith(badge(view.jobs.value("status", row)));
  }
}

function fillFacts({ jobs, chosen }, place) {
  place.querySelector("[data-status]").replaceChildren(badge(jobs.value("status", chosen)));
  place.querySelector("[data-facts]").replaceChildren(...facts(jobs, chosen));
}

function facts(jobs, row) {
  const known = [
    ...WORDS.map((name) => [name, jobs.value(name, row)]),
    ...DURATIONS.map((name) => [name, jobs.value(name, row) && duration(jobs.value(name, row))]),
    ...INSTANTS.map((name) => [name, jobs.value(name, row) && instant(jobs.value(name, row))]),
  ];
  return known.filter(([, value]) => value).map(([name, value]) => {
    const pair = document.createElement("div");
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = text(name);
    told.textContent = value;
    pair.append(term, told);
    return pair;
  });
}

function fillNeighbours(view, place, name, rows, choose) {
  place.querySelector("summary").textContent = `${text(name)} ${number(rows.length)}`;
  for (const row of rows.slice(0, MOST_NEIGHBOURS)) {
    const item = document.createElement("li");
    item.dataset.row = row;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet-button mono";
    button.textContent = view.jobs.value("name", row).slice(view.expid.length + 1);
    button.addEventListener("click", () => choose(row));
    item.append(button, badge(view.jobs.value("status", row)));
    place.querySelector("ul").append(item);
  }
}
