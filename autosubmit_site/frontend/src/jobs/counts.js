// How many of the shown jobs are in which status; a click asks for one.
import { STATUSES, badge } from "../parts/badges.js";
import { number } from "../parts/formats.js";

export function showCounts({ jobs, rows }, ask) {
  const found = new Map();
  for (const row of rows) {
    const status = jobs.value("status", row);
    found.set(status, (found.get(status) ?? 0) + 1);
  }
  const list = document.createElement("ul");
  list.className = "counts";
  list.append(...STATUSES.filter((one) => found.has(one)).map((status) => countOf(status, found.get(status), ask)));
  document.querySelector("[data-counts]").replaceChildren(list);
}

function countOf(status, jobs, ask) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  const count = document.createElement("b");
  count.textContent = ` ${number(jobs)}`;
  button.append(badge(status), count);
  button.addEventListener("click", () => ask(status));
  item.append(button);
  return item;
}
