// The table of all jobs: the page holds the first hundred; this fetches every one as columns and
// lets them be scrolled, sorted, searched, chosen and copied, with the pointer and with keys.
import { chosenNames, listenForChoices, showChosen } from "./jobs/choosing.js";
import { showCounts } from "./jobs/counts.js";
import { Grid, fieldOf } from "./jobs/grid.js";
import { number } from "./parts/formats.js";
import { followJobs } from "./parts/job-changes.js";
import { fetchJobs, findRows } from "./parts/job-columns.js";
import { jobLink, withStatus } from "./parts/jobs.js";
import { say } from "./parts/say.js";
import { text } from "./parts/texts.js";

const MOST_NAMED = 20; // More chosen jobs than these are not in the address.

const place = document.querySelector("[data-jobs]");
const root = document.body.dataset.root;
const field = document.getElementById("q");
const asked = new URLSearchParams(location.search);

// What all parts of the table look at, and change.
const view = {
  expid: place?.dataset.jobs,
  jobs: null,
  // Rows of the list, as they are shown.
  rows: [],
  chosen: new Set(),
  sort: asked.get("sort") ?? "",
  descending: asked.get("desc") === "true",
};
let grid;
let asking = new AbortController();

const linkOf = (name) => jobLink(root, view.expid, name);

const allRows = () => Array.from({ length: view.jobs.size }, (_, row) => row);

function order() {
  view.rows = view.sort
    ? view.jobs.sorted(view.rows, fieldOf(view.sort), view.descending)
    : view.rows.slice().sort((a, b) => a - b);
  grid.show();
}

function sortBy(name) {
  view.descending = view.sort === name && !view.descending;
  view.sort = name;
  order();
  remember();
}

function showFound() {
  order();
  const [found, all] = [view.rows.length, view.jobs.size].map(number);
  document.querySelector("[data-found]").textContent = text("found", { found, all });
  showStatuses();
  chosenChanged();
}

const showStatuses = () =>
  showCounts(view, (status) => {
    field.value = withStatus(field.value, status);
    search();
  });

function chosenChanged() {
  showChosen(view);
  grid.draw();
  remember();
}

async function search() {
  asking.abort();
  asking = new AbortController();
  const mistake = document.getElementById("mistake");
  try {
    const q = field.value.trim();
    view.rows = q ? await findRows(root, view.expid, q, asking.signal) : allRows();
  } catch (error) {
    if (error.name === "AbortError") return;
    mistake.textContent = error.refused ? error.message : text("failed");
    field.setAttribute("aria-invalid", "true");
    return;
  }
  document.querySelector("[data-live-moved]").hidden = true;
  mistake.textContent = "";
  field.removeAttribute("aria-invalid");
  view.chosen.clear();
  grid.element.scrollTop = 0;
  grid.here = -1;
  showFound();
}

// Keeps in the address what is shown, and chosen.
function remember() {
  const query = new URLSearchParams();
  const q = field.value.trim();
  if (q) query.set("q", q);
  if (view.sort) query.set("sort", view.sort);
  if (view.descending) query.set("desc", "true");
  if (view.chosen.size && view.chosen.size <= MOST_NAMED) query.set("chosen", chosenNames(view).join(","));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  const csv = document.querySelector("[data-csv]");
  csv.href = csv.href.split("?")[0] + (q ? `?${new URLSearchParams({ q })}` : "");
  // That was for the query that the page came with.
  document.querySelector("[data-set-found]")?.remove();
}

function showGrid() {
  grid = new Grid(view, { sortBy, link: linkOf });
  const hint = document.createElement("p");
  hint.className = "quiet grid-hint";
  hint.textContent = text("keys");
  place.replaceChildren(grid.element, hint);
  document.querySelector("[data-pages]")?.remove();
  const wanted = new Set((asked.get("chosen") ?? "").split(",").filter(Boolean));
  if (wanted.size) view.rows.forEach((row) => wanted.has(view.jobs.value("name", row)) && view.chosen.add(row));
  showFound();
}

// Jobs that changed are shown where they are. Whoever has scrolled, chosen or walked to something is
// only told that others may be meant now, or in another order.
function goOn(rows) {
  grid.refresh(rows);
  const asked = field.value.trim() || view.sort;
  const reading = grid.element.scrollTop > 0 || grid.here >= 0 || view.chosen.size;
  if (asked && !reading) search();
  else {
    showStatuses();
    document.querySelector("[data-live-moved]").hidden = !asked;
  }
}

function attachControls() {
  listenForChoices(view, grid, {
    changed: chosenChanged,
    open: (row) => (location.href = linkOf(view.jobs.value("name", row))),
    search: () => field.focus(),
  });
  let pause;
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(search, 250);
  });
  document.querySelector("[data-live-moved]").addEventListener("click", search);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
}

async function start() {
  try {
    const q = field.value.trim();
    const [jobs, wanted] = await Promise.all([fetchJobs(root, view.expid), q ? findRows(root, view.expid, q) : null]);
    view.jobs = jobs;
    view.rows = wanted ?? allRows();
  } catch {
    return say(text("failed")); // The page that the server made stays.
  }
  showGrid();
  attachControls();
  followJobs(view.jobs, root, view.expid, goOn);
  grid.element.dataset.ready = "";
}

if (place) start();
