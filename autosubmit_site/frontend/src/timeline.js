// The timeline: a lane for each date and member, or section, with a bar for each job, pale while it
// was in the queue and full while it ran.
import { colour, onSchemeChange, statusColours } from "./parts/colours.js";
import { duration, instant } from "./parts/formats.js";
import { fetchJobs, findRows } from "./parts/job-columns.js";
import { data, text } from "./parts/texts.js";

const box = document.querySelector("[data-timeline]");
const expid = box.dataset.timeline;
const root = document.body.dataset.root;
const statuses = data("statuses");
const said = document.querySelector("[data-said]");
const find = (name) => document.querySelector(`[data-${name}]`);
const LEFT = 130;
const TOP = 24;
const BAR = 7;

const canvas = document.createElement("canvas");
let bars = [];
let lanes = [];
let span;
let view;
let scroll = 0;
let jobs;

// Puts the jobs of a lane into as few lines as they need, none over another.
function collect(rows, by) {
  const found = new Map();
  const now = Date.now() / 1000;
  for (const row of rows) {
    const submit = jobs.value("submit", row);
    if (!submit) continue;
    const key = by === "section"
      ? jobs.value("section", row) ?? ""
      : [jobs.value("date", row), jobs.value("member", row)].filter(Boolean).join(" ");
    const start = jobs.value("start", row) ?? 0;
    const finish = jobs.value("finish", row) || now;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push({ row, submit, start, finish: Math.max(finish, submit) });
  }
  lanes = [];
  bars = [];
  let line = 0;
  for (const [name, ofLane] of found) {
    ofLane.sort((a, b) => a.submit - b.submit);
    const ends = [];
    for (const bar of ofLane) {
      let place = ends.findIndex((end) => end <= bar.submit);
      if (place < 0) place = ends.length < 40 ? ends.length : 0;
      ends[place] = bar.finish;
      bars.push({ ...bar, line: line + place });
    }
    lanes.push({ name: name || "–", top: line, lines: Math.max(2, ends.length) });
    line += Math.max(2, ends.length);
  }
  lanes.lines = line;
  const times = bars.reduce(([a, b], bar) => [Math.min(a, bar.submit), Math.max(b, bar.finish)], [Infinity, 0]);
  span = bars.length ? times : [0, 1];
  view = [...span];
}

const x = (time, width) => LEFT + ((time - view[0]) / (view[1] - view[0])) * (width - LEFT - 8);
const y = (line) => TOP + line * BAR - scroll;

function draw() {
  const [width, height, ratio] = [box.clientWidth, box.clientHeight, devicePixelRatio || 1];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  const [quiet, line, surface] = [colour("quiet"), colour("line"), colour("surface")];
  const colours = statusColours(statuses);
  lanes.forEach((lane, at) => {
    if (at % 2) {
      context.fillStyle = line;
      context.globalAlpha = 0.35;
      context.fillRect(0, y(lane.top), width, lane.lines * BAR);
      context.globalAlpha = 1;
    }
  });
  for (const tick of ticks()) {
    context.fillStyle = line;
    context.fillRect(x(tick, width), TOP, 1, height);
  }
  for (const bar of bars) {
    const top = y(bar.line);
    if (top < TOP - BAR || top > height || bar.finish < view[0] || bar.submit > view[1]) continue;
    context.fillStyle = colours[jobs.value("status", bar.row)];
    const began = bar.start || bar.finish;
    const from = Math.max(LEFT, x(bar.submit, width));
    context.globalAlpha = 0.35;
    context.fillRect(from, top + 2, Math.max(0.5, x(began, width) - from), BAR - 4);
    context.globalAlpha = 1;
    if (bar.start) {
      const left = Math.max(LEFT, x(bar.start, width));
      context.fillRect(left, top, Math.max(1, x(bar.finish, width) - left), BAR - 1);
    }
  }
  context.fillStyle = surface;
  context.fillRect(0, 0, width, TOP);
  context.fillRect(0, TOP, LEFT - 4, height);
  context.fillStyle = quiet;
  for (const tick of ticks()) context.fillText(instant(tick).slice(view[1] - view[0] < 172_800 ? 5 : 0, view[1] - view[0] < 1_000_000 ? 16 : 10), x(tick, width) + 3, TOP / 2);
  let last = -99;
  for (const lane of lanes) {
    const middle = y(lane.top) + (lane.lines * BAR) / 2;
    if (middle < TOP || middle - last < 13) continue;
    last = middle;
    context.fillText(lane.name, 6, middle, LEFT - 14);
  }
}

const STEPS = [60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 7_776_000, 31_536_000];
function ticks() {
  const step = STEPS.find((one) => (view[1] - view[0]) / one <= Math.max(1, (box.clientWidth - LEFT) / 130)) ?? STEPS.at(-1);
  const found = [];
  for (let tick = Math.ceil(view[0] / step) * step; tick < view[1]; tick += step) found.push(tick);
  return found;
}

function zoom(factor, at = (view[0] + view[1]) / 2) {
  const least = 60;
  const length = Math.max(least, Math.min(span[1] - span[0], (view[1] - view[0]) * factor));
  const share = (at - view[0]) / (view[1] - view[0]);
  const start = Math.max(span[0], Math.min(span[1] - length, at - share * length));
  view = [start, start + length];
  draw();
}

function move(share) {
  const length = view[1] - view[0];
  const start = Math.max(span[0], Math.min(span[1] - length, view[0] + share * length));
  view = [start, start + length];
  draw();
}

function roll(by) {
  scroll = Math.max(0, Math.min(lanes.lines * BAR - box.clientHeight + TOP + 20, scroll + by));
  draw();
}

const barAt = (event) => {
  const place = canvas.getBoundingClientRect();
  const [px, py] = [event.clientX - place.left, event.clientY - place.top];
  const line = Math.floor((py - TOP + scroll) / BAR);
  const width = box.clientWidth;
  return bars.find((bar) => bar.line === line && px >= x(bar.submit, width) - 1 && px <= x(bar.finish, width) + 2);
};

function keys(event) {
  const act = {
    ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), ArrowUp: () => roll(-60), ArrowDown: () => roll(60),
    "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6), 0: () => zoom(1e9),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function listen() {
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) {
      const bar = barAt(event);
      canvas.style.cursor = bar ? "pointer" : "";
      if (bar) tell(bar);
      return;
    }
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.hypot(dx, dy) < 4) return;
    from = { x: event.clientX, y: event.clientY, moved: true };
    move(-dx / (box.clientWidth - LEFT));
    roll(-dy);
  });
  canvas.addEventListener("pointerup", (event) => {
    const bar = from && !from.moved ? barAt(event) : null;
    from = null;
    if (bar) location.href = `${root}/experiments/${encodeURIComponent(expid)}/jobs/${encodeURIComponent(jobs.value("name", bar.row))}`;
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const share = (event.clientX - canvas.getBoundingClientRect().left - LEFT) / (box.clientWidth - LEFT);
    if (event.shiftKey) roll(event.deltaY);
    else zoom(event.deltaY > 0 ? 1.25 : 0.8, view[0] + share * (view[1] - view[0]));
  }, { passive: false });
  find("zoom-in").addEventListener("click", () => zoom(0.6));
  find("zoom-out").addEventListener("click", () => zoom(1 / 0.6));
  find("fit").addEventListener("click", () => zoom(1e9));
  box.addEventListener("keydown", keys);
}

function tell(bar) {
  said.textContent = text("bar", {
    name: jobs.value("name", bar.row), status: jobs.value("status", bar.row),
    queue: duration(jobs.value("queue_seconds", bar.row) ?? 0), run: duration(jobs.value("run_seconds", bar.row) ?? 0),
    start: instant(bar.submit),
  });
}

try {
  const q = document.getElementById("q").value.trim();
  const [all, wanted] = await Promise.all([
    fetchJobs(root, expid, ["name", "status", "section", "date", "member", "submit", "start", "finish", "queue_seconds", "run_seconds"]),
    q ? findRows(root, expid, q) : null,
  ]);
  jobs = all;
  collect(wanted ?? Array.from({ length: jobs.size }, (_, row) => row), document.getElementById("lanes").value);
  find("progress").remove();
  box.append(canvas);
  if (!bars.length) said.textContent = text("empty");
  listen();
  new ResizeObserver(draw).observe(box);
  onSchemeChange(draw);
  draw();
  box.dataset.ready = "";
} catch (error) {
  find("progress").textContent = error.refused ? error.message : text("failed");
}
