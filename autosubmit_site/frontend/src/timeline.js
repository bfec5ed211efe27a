// The timeline: a lane for each date and member, or section, with a bar for each attempt of a job, pale
// while it was in the queue and full while it ran, and a bracket around the jobs of a wrapper.
import { ask } from "./parts/asking.js";
import { onSchemeChange } from "./parts/colours.js";
import { duration, instant } from "./parts/formats.js";
import { followJobs } from "./parts/job-changes.js";
import { fetchJobs, findRows } from "./parts/job-columns.js";
import { jobLink } from "./parts/jobs.js";
import { cleared, paint } from "./parts/paint.js";
import { persistently } from "./parts/persist.js";
import { text } from "./parts/texts.js";
import { readTheme } from "./parts/theme.js";
import { makeBars } from "./timeline/bars.js";
import { LEFT, TOP, lineHeight, timeAt, timelineShapes, xOf, yOf } from "./timeline/chart.js";

const FIELDS = ["name", "status", "section", "date", "member", "wrapper", "submit", "start", "finish"];
const LEAST_SECONDS = 60;

const find = (name) => document.querySelector(`[data-${name}]`);
const box = find("timeline");
const expid = box.dataset.timeline;
const root = document.body.dataset.root;
const canvas = document.createElement("canvas");
const asked = new URLSearchParams(location.search);

// What is in sight: times in seconds since 1970 UTC, everything else in pixels.
const view = { drawn: null, from: 0, until: 1, scroll: 0, width: 0, height: 0, line: 7, chosen: null };
let theme = readTheme();
let jobs;
// Attempts that the list of jobs no longer shows.
let past = [];

function draw() {
  [view.width, view.height] = [box.clientWidth, box.clientHeight];
  view.line = lineHeight(view.drawn, view.height);
  view.scroll = Math.max(0, Math.min(view.drawn.lines * view.line - view.height + TOP + 20, view.scroll));
  paint(cleared(canvas, view.width, view.height), timelineShapes(view, theme));
}

// -- moving ----------------------------------------------------------------------------------------

// Shows a part of all the time there is.
function look(from, length) {
  const [first, last] = view.drawn.span;
  const whole = Math.max(LEAST_SECONDS, last - first);
  const shown = Math.max(LEAST_SECONDS, Math.min(whole, length));
  view.from = Math.max(first, Math.min(first + whole - shown, from));
  view.until = view.from + shown;
  draw();
  remember();
}

function zoom(factor, at = (view.from + view.until) / 2) {
  const length = (view.until - view.from) * factor;
  look(at - ((at - view.from) / (view.until - view.from)) * length, length);
}

const move = (share) => look(view.from + share * (view.until - view.from), view.until - view.from);
const showAll = () => look(view.drawn.span[0], Infinity);

function roll(by) {
  view.scroll += by;
  draw();
}

let pause;
function remember() {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const query = new URLSearchParams(location.search);
    const whole = view.from <= view.drawn.span[0] && view.until >= view.drawn.span[1];
    for (const name of ["since", "until"]) query.delete(name);
    if (!whole) {
      query.set("since", Math.round(view.from));
      query.set("until", Math.round(view.until));
    }
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  }, 250);
}

// -- single bars -----------------------------------------------------------------------------------

function tell(bar) {
  const began = bar.start || bar.finish;
  const values = {
    name: jobs.value("name", bar.row), status: bar.status, queue: duration(Math.max(0, began - (bar.shown ?? bar.submit))),
    run: duration(bar.start ? bar.finish - bar.start : 0), start: instant(bar.submit), attempt: bar.attempt, wrapper: bar.wrapper,
  };
  const sentences = [text("bar", values)];
  if (bar.past || bar.attempt > 1) sentences.push(text("attempt", values));
  if (bar.wrapper) sentences.push(text("wrapper", values));
  find("said").textContent = sentences.join(" · ");
}

function barAt(event) {
  const place = canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - place.left, event.clientY - place.top];
  if (x < LEFT || y < TOP) return null;
  const line = Math.floor((y - TOP + view.scroll) / view.line);
  return view.drawn.bars.find((bar) => bar.line === line && x >= xOf(view, bar.shown ?? bar.submit) - 2 && x <= xOf(view, bar.finish) + 2);
}

function open(bar) {
  if (bar) location.href = jobLink(root, expid, jobs.value("name", bar.row));
}

// Goes to the next bar, line by line, or back; the first is the first in sight.
function walk(step) {
  const { bars } = view.drawn;
  const inSight = (bar) => bar.finish >= view.from && bar.submit <= view.until && yOf(view, bar.line) >= TOP;
  const here = view.chosen ? bars.indexOf(view.chosen) + step : Math.max(0, bars.findIndex(inSight));
  view.chosen = bars[Math.max(0, Math.min(bars.length - 1, here))];
  if (!view.chosen) return;
  const top = yOf(view, view.chosen.line);
  if (top < TOP || top + view.line > view.height) view.scroll += top - view.height / 2;
  const length = view.until - view.from;
  if (view.chosen.submit < view.from || view.chosen.finish > view.until) look(view.chosen.submit - length / 4, length);
  else draw();
  tell(view.chosen);
}

// -- pointer and keys ------------------------------------------------------------------------------

const KEYS = {
  ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), ArrowUp: () => roll(-60), ArrowDown: () => roll(60),
  "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6), 0: showAll,
  n: () => walk(1), p: () => walk(-1), Enter: () => open(view.chosen),
  Escape() {
    view.chosen = null;
    draw();
  },
};

function pressed(event) {
  if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  KEYS[event.key]();
}

function listen() {
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    held = { x: event.clientX, y: event.clientY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) {
      const bar = barAt(event);
      canvas.style.cursor = bar ? "pointer" : "";
      if (bar) tell(bar);
      return;
    }
    const [right, down] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(right, down) < 4) return;
    held = { x: event.clientX, y: event.clientY, moved: true };
    view.scroll -= down;
    move(-right / (view.width - LEFT));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (held && !held.moved) open(barAt(event));
    held = null;
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.shiftKey) roll(event.deltaY || event.deltaX);
    else zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(view, event.clientX - canvas.getBoundingClientRect().left));
  }, { passive: false });
  find("zoom-in").addEventListener("click", () => zoom(0.6));
  find("zoom-out").addEventListener("click", () => zoom(1 / 0.6));
  find("fit").addEventListener("click", showAll);
  box.addEventListener("keydown", pressed);
}

// -- what is drawn ---------------------------------------------------------------------------------

async function fetchPast() {
  const answer = await ask(`${root}/v4/experiments/${encodeURIComponent(expid)}/attempts?past=true`);
  const { columns, tables, error_message } = await answer.json();
  if (!answer.ok) throw new Error(error_message);
  past = columns.job.map((row, at) => ({
    row, status: tables.status[columns.status[at]], submit: columns.submit[at], start: columns.start[at], finish: columns.finish[at],
  }));
}

// Makes the bars of the jobs that are asked for, as they are now.
async function collect() {
  const q = document.getElementById("q").value.trim();
  const wanted = q ? await findRows(root, expid, q) : null;
  const rows = wanted ?? Array.from({ length: jobs.size }, (_, row) => row);
  view.drawn = makeBars(jobs, rows, past, document.getElementById("lanes").value, Date.now() / 1000);
}

// Shows what changed; the part of time that is in sight stays, unless it is all there is.
async function goOn(changed) {
  const { drawn, chosen, from, until } = view;
  const isOver = ({ row, submit, past }) => !past && changed.has(row) && submit !== jobs.value("submit", row);
  if (drawn.bars.some(isOver)) await fetchPast();
  const whole = from <= drawn.span[0] && until >= drawn.span[1];
  await collect();
  const isChosen = ({ row, submit }) => row === chosen?.row && submit === chosen.submit;
  view.chosen = view.drawn.bars.find(isChosen) ?? null;
  if (whole) showAll();
  else look(from, until - from);
}

async function start() {
  [jobs] = await Promise.all([fetchJobs(root, expid, FIELDS), fetchPast()]);
  await collect();
  find("progress").remove();
  if (!view.drawn.bars.length) {
    find("said").textContent = text("empty");
    box.dataset.ready = "";
    return;
  }
  box.append(canvas);
  listen();
  const [since, until] = ["since", "until"].map((name) => Number(asked.get(name)));
  if (since && until > since) look(since, until - since);
  else showAll();
  new ResizeObserver(draw).observe(box);
  onSchemeChange(() => {
    theme = readTheme();
    draw();
  });
  followJobs(jobs, root, expid, (rows) => persistently(() => goOn(rows))());
  box.dataset.ready = "";
  // For measurements, and whoever is curious.
  box.view = view;
}

start().catch((error) => {
  find("progress").textContent = error.refused ? error.message : text("failed");
});
