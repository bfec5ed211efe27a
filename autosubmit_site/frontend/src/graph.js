// The graph of an experiment's jobs: from afar as blocks with how many jobs are in which status, from
// near as jobs and what waits for what, drawn with WebGL.
import { choose, lightStatus, longestChain, remember, search, tell, toggleStatus } from "./graph/choosing.js";
import { redraw, showAll, showPlaces, startDrawing, zoomBy } from "./graph/drawing.js";
import { listen } from "./graph/keys.js";
import { refreshPanel } from "./graph/panel.js";
import { downloadPng, downloadSvg } from "./graph/pictures.js";
import { Places } from "./graph/places.js";
import { ask } from "./parts/asking.js";
import { onSchemeChange } from "./parts/colours.js";
import { Dependencies } from "./parts/dependencies.js";
import { followJobs } from "./parts/job-changes.js";
import { fetchJobs } from "./parts/job-columns.js";
import { text } from "./parts/texts.js";
import { readTheme } from "./parts/theme.js";

const FIELDS = ["name", "status", "section", "date", "member", "chunk", "platform", "queue_seconds", "run_seconds", "start", "finish"];

const find = (name) => document.querySelector(`[data-${name}]`);
const box = find("graph");
const asked = new URLSearchParams(location.search);

// What all parts of the graph look at, and change.
const view = {
  root: document.body.dataset.root,
  expid: box.dataset.graph,
  // What was fetched: columns of jobs, which waits for which, and where they stand.
  jobs: null,
  edges: null,
  places: null,
  layout: asked.get("layout") || "standard",
  theme: readTheme(),
  // What WebGL draws, in which part of the drawing, and the radius of a job in pixels.
  sigma: null,
  graph: null,
  held: null,
  radius: 5,
  // Whether jobs are drawn as blocks; these by their keys, of which bands, and the one that is marked.
  far: false,
  blocks: null,
  blocksOf: null,
  cursor: null,
  // The chosen row, -1 for none; the rows that were searched for; those that stand out, null for all.
  chosen: -1,
  found: [],
  lit: null,
  // Statuses that are not drawn.
  hidden: new Set((asked.get("without") ?? "").split(",").filter(Boolean)),
};

async function json(path) {
  const answer = await ask(`${view.root}/v4/experiments/${encodeURIComponent(view.expid)}/${path}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error_message);
  return body;
}

const fetchPlaces = async (layout) => new Places(await json(`layout?layout=${layout}`), box.clientWidth, box.clientHeight);

async function setLayout(layout) {
  let places;
  try {
    places = await fetchPlaces(layout);
  } catch {
    tell(text("no_layout"));
    return;
  }
  tell("");
  view.layout = layout;
  for (const button of document.querySelectorAll("[data-layout]")) {
    button.setAttribute("aria-pressed", button.dataset.layout === layout);
  }
  showPlaces(view, places);
  remember(view);
}

function attachControls() {
  const on = (name, act, event = "click") => find(name).addEventListener(event, act);
  for (const button of document.querySelectorAll("[data-layout]")) {
    button.addEventListener("click", () => setLayout(button.dataset.layout));
  }
  for (const button of document.querySelectorAll("[data-toggle]")) {
    button.setAttribute("aria-pressed", !view.hidden.has(button.dataset.toggle));
  }
  // Buttons come and go with the statuses that there are.
  find("toggles").addEventListener("click", (event) => {
    const button = event.target.closest("[data-toggle]");
    if (button) toggleStatus(view, button);
  });
  find("search").form.addEventListener("submit", (event) => {
    event.preventDefault();
    search(view);
  });
  on("light", (event) => lightStatus(view, event.target.value), "change");
  on("all-steps", () => view.chosen >= 0 && choose(view, view.chosen), "change");
  on("chain", () => longestChain(view));
  on("fit", () => showAll(view));
  on("zoom-in", () => zoomBy(view, 1 / 1.5));
  on("zoom-out", () => zoomBy(view, 1.5));
  on("png", () => downloadPng(view));
  on("svg", () => downloadSvg(view));
  listen(view, box);
  onSchemeChange(() => {
    view.theme = readTheme();
    redraw(view);
  });
}

async function showWhatWasAskedFor() {
  const wanted = asked.get("job");
  const row = wanted ? view.jobs.columns.name.indexOf(wanted) : -1;
  if (row >= 0) choose(view, row, { move: true });
  else if (find("search").value.trim()) await search(view);
}

async function open() {
  const progress = find("progress");
  let places;
  try {
    [view.jobs, view.edges, places] = await Promise.all([
      fetchJobs(view.root, view.expid, FIELDS),
      json("dependencies").then((answer) => new Dependencies(answer)),
      fetchPlaces(view.layout),
    ]);
  } catch (error) {
    progress.textContent = error.message || text("failed");
    return;
  }
  try {
    startDrawing(view, box, find("behind"), find("front"));
  } catch {
    progress.textContent = text("no_webgl");
    return;
  }
  progress.remove();
  showPlaces(view, places);
  attachControls();
  await showWhatWasAskedFor();
  followJobs(view.jobs, view.root, view.expid, (rows) => {
    view.jobs.statusPlaces = null;
    redraw(view);
    refreshPanel(view, rows);
  });
  box.dataset.ready = "";
  // For measurements: how the drawing does.
  box.view = view;
}

open();
