// The calendar: a cell for each chunk of each date and member, coloured by what its jobs do, or by
// what they took. One canvas, so that a campaign of a hundred thousand jobs is drawn at once.
import { MEASURES, key, makeCells, spread } from "./calendar/cells.js";
import { LEFT, TOP, calendarShapes, cellSize } from "./calendar/chart.js";
import { said, showLegend } from "./calendar/legend.js";
import { onSchemeChange } from "./parts/colours.js";
import { number } from "./parts/formats.js";
import { followJobs } from "./parts/job-changes.js";
import { fetchJobs } from "./parts/job-columns.js";
import { cleared, paint } from "./parts/paint.js";
import { text } from "./parts/texts.js";
import { readTheme } from "./parts/theme.js";

const FIELDS = ["status", "section", "date", "member", "chunk", ...Object.values(MEASURES)];

const box = document.querySelector("[data-calendar]");
const expid = box.dataset.calendar;
const root = document.body.dataset.root;
const form = document.querySelector("[data-calendar-form]");
const canvas = document.createElement("canvas");

// What is drawn, how large, and the cell that the pointer or the keys are at.
const view = { drawn: null, size: null, by: "status", range: null, here: null };
let jobs;
let theme = readTheme();

// Makes the cells of the jobs as they are now; what is marked stays so.
function collect() {
  view.by = form.by.value;
  view.drawn = makeCells(jobs, form.section.value);
  for (const lane of view.drawn.lanes) lane.name = [lane.date, lane.member ?? text("no_member")].filter(Boolean).join(" ");
  view.range = view.by === "status" ? null : spread(view.drawn.cells, view.by);
  showLegend(view.by, view.range, theme);
  draw();
}

function draw() {
  const { lanes, chunks } = view.drawn;
  view.size = cellSize(view.drawn, box.clientWidth);
  const [width, height] = [LEFT + view.size.width * chunks + 8, TOP + view.size.height * lanes.length + 6];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  paint(cleared(canvas, width, height), calendarShapes(view, theme));
}

function tell() {
  const { lane, chunk } = view.here;
  const cell = view.drawn.cells.get(key(lane, chunk));
  const counts = cell && Object.entries(cell.counts).map(([status, jobs]) => `${number(jobs)} ${status}`).join(", ");
  const measures = Object.keys(MEASURES).filter((name) => cell?.[name]).map((name) => `${text(name)} ${said(name, cell[name])}`);
  const words = cell ? [counts, ...measures].join(" · ") : text("none");
  document.querySelector("[data-said]").textContent = text("cell", { lane: view.drawn.lanes[lane].name, chunk, words });
}

// -- the cell that the pointer or the keys are at --------------------------------------------------

function go(lane, chunk) {
  const { lanes, chunks } = view.drawn;
  view.here = { lane: Math.max(0, Math.min(lanes.length - 1, lane)), chunk: Math.max(1, Math.min(chunks, chunk)) };
  const left = LEFT + (view.here.chunk - 1) * view.size.width;
  if (left < box.scrollLeft + LEFT) box.scrollLeft = left - LEFT;
  else if (left + view.size.width > box.scrollLeft + box.clientWidth) box.scrollLeft = left - box.clientWidth + 60;
  tell();
  draw();
}

function cellAt(event) {
  const place = canvas.getBoundingClientRect();
  const chunk = Math.floor((event.clientX - place.left - LEFT) / view.size.width) + 1;
  const lane = Math.floor((event.clientY - place.top - TOP) / view.size.height);
  const { lanes, chunks } = view.drawn;
  return lane >= 0 && lane < lanes.length && chunk >= 1 && chunk <= chunks ? { lane, chunk } : null;
}

// Shows the jobs of the cell in the table.
function open() {
  if (!view.here || !view.drawn.cells.has(key(view.here.lane, view.here.chunk))) return;
  const { date, member } = view.drawn.lanes[view.here.lane];
  const terms = [`chunk:${view.here.chunk}`, `date:${date ?? "null"}`, `member:${member ?? "null"}`];
  if (form.section.value) terms.push(`section:${form.section.value}`);
  location.href = `${root}/experiments/${encodeURIComponent(expid)}/jobs?${new URLSearchParams({ q: terms.join(" ") })}`;
}

const KEYS = {
  ArrowLeft: ({ lane, chunk }) => go(lane, chunk - 1),
  ArrowRight: ({ lane, chunk }) => go(lane, chunk + 1),
  ArrowUp: ({ lane, chunk }) => go(lane - 1, chunk),
  ArrowDown: ({ lane, chunk }) => go(lane + 1, chunk),
  Home: ({ lane }) => go(lane, 1),
  End: ({ lane }) => go(lane, view.drawn.chunks),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") open();
  else if (!KEYS[event.key]) return;
  else if (view.here) KEYS[event.key](view.here);
  else go(0, 1);
  event.preventDefault();
}

function choose() {
  const query = new URLSearchParams();
  if (form.section.value) query.set("section", form.section.value);
  if (form.by.value !== "status") query.set("by", form.by.value);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  view.here = null;
  collect();
}

function listen() {
  form.addEventListener("change", choose);
  box.addEventListener("keydown", pressed);
  canvas.addEventListener("mousemove", (event) => {
    const cell = cellAt(event);
    if (!cell || (view.here && view.here.lane === cell.lane && view.here.chunk === cell.chunk)) return;
    view.here = cell;
    tell();
    requestAnimationFrame(draw);
  });
  canvas.addEventListener("click", (event) => {
    view.here = cellAt(event);
    open();
  });
  onSchemeChange(() => {
    theme = readTheme();
    collect();
  });
  new ResizeObserver(draw).observe(box);
}

try {
  jobs = await fetchJobs(root, expid, FIELDS);
  box.replaceChildren(canvas);
  collect();
  listen();
  followJobs(jobs, root, expid, collect);
  box.dataset.ready = "";
} catch {
  box.querySelector("[data-progress]").textContent = text("failed");
}
