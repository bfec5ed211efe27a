// What of the graph stands out: a chosen job with its neighbours, what was searched for, the chain
// that takes longest, and the statuses that are drawn.
import { duration, number } from "../parts/formats.js";
import { findRows } from "../parts/job-columns.js";
import { withStatus } from "../parts/jobs.js";
import { text } from "../parts/texts.js";
import { goToRow, redraw } from "./drawing.js";
import { showPanel } from "./panel.js";

const find = (name) => document.querySelector(`[data-${name}]`);
export const tell = (sentence) => (find("said").textContent = sentence);

// Chooses a job, none with -1. What was found before stays, to be walked on.
export function choose(view, row, { move = false } = {}) {
  view.chosen = row;
  view.lit = row >= 0 ? around(view, row) : view.found.length ? new Set(view.found) : null;
  showPanel(view, (other) => choose(view, other, { move: true }));
  if (move && row >= 0) goToRow(view, row);
  redraw(view);
  remember(view);
}

function around({ edges }, row) {
  if (!find("all-steps").checked) return new Set([row, ...edges.children(row), ...edges.parents(row)]);
  return new Set([...edges.reach(row, edges.parents), ...edges.reach(row, edges.children)]);
}

export async function search(view) {
  const q = find("search").value.trim();
  tell("");
  try {
    view.found = q ? [...(await findRows(view.root, view.expid, q))] : [];
  } catch (error) {
    tell(error.refused ? error.message : text("failed"));
    return;
  }
  if (q) tell(text("found", { number: number(view.found.length) }));
  light(view, view.found, q !== "");
  if (view.found.length === 1) choose(view, view.found[0], { move: true });
}

// Has some jobs stand out, or all if nothing was asked for.
function light(view, rows, asked) {
  view.chosen = -1;
  view.found = rows;
  view.lit = asked ? new Set(rows) : null;
  showPanel(view);
  redraw(view);
  remember(view);
}

// Goes on to the next of the jobs that were found, or back.
export function nextFound(view, step) {
  const { found } = view;
  if (!found.length) return;
  const here = found.indexOf(view.chosen);
  const next = here < 0 ? (step > 0 ? 0 : found.length - 1) : (here + step + found.length) % found.length;
  choose(view, found[next], { move: true });
  tell(text("found_at", { at: number(next + 1), number: number(found.length) }));
}

// Goes to the first child or parent of the chosen job; to the first job of the list without one.
export function toNeighbour(view, direction) {
  const next = view.chosen < 0 ? [0] : view.edges[direction](view.chosen);
  if (next.length) choose(view, next[0], { move: true });
}

export function longestChain(view) {
  const { rows, seconds } = view.edges.longestChain(expectedSeconds(view.jobs));
  find("search").value = "";
  light(view, rows, true);
  tell(text("chain", { number: number(rows.length), time: duration(seconds) }));
}

// What a job takes: what it took, or else what jobs of its section took so far on average.
function expectedSeconds(jobs) {
  const took = (row) => (jobs.value("status", row) === "COMPLETED" && jobs.value("run_seconds", row)) || 0;
  const sums = new Map();
  for (let row = 0; row < jobs.size; row++) {
    if (!took(row)) continue;
    const [seconds, done] = sums.get(jobs.value("section", row)) ?? [0, 0];
    sums.set(jobs.value("section", row), [seconds + took(row), done + 1]);
  }
  return (row) => {
    const [seconds, done] = sums.get(jobs.value("section", row)) ?? [0, 1];
    return took(row) || seconds / done + 1;
  };
}

export function toggleStatus(view, button) {
  const status = button.dataset.toggle;
  if (!view.hidden.delete(status)) view.hidden.add(status);
  button.setAttribute("aria-pressed", !view.hidden.has(status));
  redraw(view);
  remember(view);
}

// Has the jobs of a status stand out; all do without one.
export function lightStatus(view, status) {
  find("search").value = withStatus(find("search").value, status);
  search(view);
}

// Keeps in the address what is shown.
export function remember({ layout, chosen, jobs, hidden }) {
  const query = new URLSearchParams();
  if (layout !== "standard") query.set("layout", layout);
  const q = find("search").value.trim();
  if (q) query.set("q", q);
  if (chosen >= 0) query.set("job", jobs.value("name", chosen));
  if (hidden.size) query.set("without", [...hidden].join(","));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}
