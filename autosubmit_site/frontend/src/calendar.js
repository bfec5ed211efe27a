// The calendar: a cell for each chunk of each date and member, coloured by what its jobs do, or by
// how long they took. One canvas, so that a campaign of a hundred thousand jobs is drawn at once.
import { colour, onSchemeChange, parts, statusColours } from "./parts/colours.js";
import { duration } from "./parts/formats.js";
import { fetchJobs } from "./parts/job-columns.js";
import { data, text } from "./parts/texts.js";

const box = document.querySelector("[data-calendar]");
const expid = box.dataset.calendar;
const root = document.body.dataset.root;
const statuses = data("statuses");
const form = document.querySelector("[data-calendar-form]");
const said = document.querySelector("[data-said]");
const canvas = document.createElement("canvas");
const icons = Object.fromEntries(
  statuses.map((one) => [one, new Path2D(document.querySelector(`[data-badge="${one}"]`).content.querySelector("path").getAttribute("d"))]),
);
// Of several jobs in a cell the one that wants to be seen first gives the colour.
const URGENT = ["FAILED", "SUSPENDED", "UNKNOWN", "RUNNING", "QUEUING", "SUBMITTED", "HELD", "PREPARED", "READY", "DELAYED", "WAITING", "SKIPPED", "COMPLETED"];
const LEFT = 120;
const TOP = 22;

let jobs;
let cells;
let lanes;
let chunks;
let size;
let here = null;

function collect() {
  const section = form.section.value;
  const found = new Map();
  lanes = [];
  const laneOf = new Map();
  chunks = 0;
  for (let row = 0; row < jobs.size; row++) {
    const chunk = jobs.value("chunk", row);
    if (!chunk || (section && jobs.value("section", row) !== section)) continue;
    const [date, member] = [jobs.value("date", row), jobs.value("member", row)];
    const key = `${date}\u0000${member}`;
    if (!laneOf.has(key)) {
      laneOf.set(key, lanes.length);
      lanes.push({ date, member, name: [date, member ?? text("no_member")].filter(Boolean).join(" ") });
    }
    chunks = Math.max(chunks, chunk);
    const place = `${laneOf.get(key)},${chunk}`;
    const cell = found.get(place) ?? { counts: {}, run: 0, wait: 0, done: 0, urgent: URGENT.length };
    const status = jobs.value("status", row);
    cell.counts[status] = (cell.counts[status] ?? 0) + 1;
    cell.urgent = Math.min(cell.urgent, URGENT.indexOf(status));
    cell.run += jobs.value("run_seconds", row) ?? 0;
    cell.wait += jobs.value("queue_seconds", row) ?? 0;
    found.set(place, cell);
  }
  cells = found;
}

// Pale to full, of one hue: it can be told apart in grey.
function scale(share) {
  const [low, high] = [parts(colour("surface")), parts(colour("running"))];
  const mixed = low.slice(0, 3).map((value, at) => Math.round(255 * (value + (high[at] - value) * (0.12 + 0.88 * share))));
  return `rgb(${mixed.join(" ")})`;
}

function draw() {
  if (!jobs) return;
  const room = box.clientWidth - LEFT - 8;
  const width = Math.max(3, Math.min(34, room / chunks));
  const height = Math.max(8, Math.min(26, Math.floor(640 / Math.max(1, lanes.length))));
  size = { width, height };
  const ratio = devicePixelRatio || 1;
  const [whole, tall] = [LEFT + width * chunks + 8, TOP + height * lanes.length + 6];
  canvas.width = whole * ratio;
  canvas.height = tall * ratio;
  canvas.style.width = `${whole}px`;
  canvas.style.height = `${tall}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  const [quiet, surface, ink] = [colour("quiet"), colour("surface"), colour("text")];
  const colours = statusColours(statuses);
  context.fillStyle = quiet;
  const every = Math.ceil(30 / width);
  for (let chunk = 1; chunk <= chunks; chunk++) {
    if (chunk === 1 || chunk % every === 0) context.fillText(chunk, LEFT + (chunk - 1) * width + 1, TOP / 2);
  }
  const named = Math.ceil(13 / height);
  lanes.forEach((lane, at) => {
    context.fillStyle = quiet;
    if (at % named === 0) context.fillText(lane.name, 4, TOP + at * height + height / 2, LEFT - 8);
  });
  const by = form.by.value;
  const values = by === "status" ? [] : [...cells.values()].map((cell) => cell[by]).filter(Boolean);
  const [least, most] = values.length ? values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, 0]) : [0, 0];
  const gap = width > 6 ? 1 : 0;
  for (const [place, cell] of cells) {
    const [lane, chunk] = place.split(",").map(Number);
    const [x, y] = [LEFT + (chunk - 1) * width, TOP + lane * height];
    const status = URGENT[cell.urgent];
    context.fillStyle = by === "status" ? colours[status] : cell[by] ? scale(most > least ? (cell[by] - least) / (most - least) : 1) : colour("raised");
    context.fillRect(x, y, width - gap, height - (height > 6 ? 1 : 0));
    if (by === "status" && width >= 16 && height >= 16) icon(context, icons[status], x, y, width, height, colours[status]);
  }
  if (here) {
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.strokeRect(LEFT + (here.chunk - 1) * width, TOP + here.lane * height, width - gap, height - 1);
  }
  legend(by, least, most, surface);
}

function icon(context, path, x, y, width, height, fill) {
  const [red, green, blue] = parts(fill);
  context.save();
  context.translate(x + width / 2 - 6.5, y + height / 2 - 6.5);
  context.scale(0.8, 0.8);
  context.strokeStyle = 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 ? "#000000" : "#ffffff";
  context.lineWidth = 2;
  context.lineCap = "round";
  context.stroke(path);
  context.restore();
}

const first = document.querySelector("[data-legend]").firstElementChild;
function legend(by, least, most) {
  const place = document.querySelector("[data-legend]");
  if (by === "status") return place.replaceChildren(first);
  const words = document.createElement("span");
  words.className = "quiet";
  words.textContent = `${text("least")} ${duration(least)} – ${text("most")} ${duration(most)}`;
  place.replaceChildren(words);
}

function tell() {
  if (!here) return;
  const cell = cells.get(`${here.lane},${here.chunk}`);
  const counts = cell ? Object.entries(cell.counts).map(([status, number]) => `${number} ${status}`).join(", ") : text("none");
  const times = cell?.run ? ` · ${duration(cell.run)}` : "";
  said.textContent = text("cell", { lane: lanes[here.lane].name, chunk: here.chunk, words: counts + times });
}

function go(lane, chunk) {
  here = { lane: Math.min(Math.max(lane, 0), lanes.length - 1), chunk: Math.min(Math.max(chunk, 1), chunks) };
  tell();
  draw();
}

function at(event) {
  const place = canvas.getBoundingClientRect();
  const chunk = Math.floor((event.clientX - place.left - LEFT) / size.width) + 1;
  const lane = Math.floor((event.clientY - place.top - TOP) / size.height);
  return lane >= 0 && lane < lanes.length && chunk >= 1 && chunk <= chunks ? { lane, chunk } : null;
}

function open() {
  if (!here || !cells.has(`${here.lane},${here.chunk}`)) return;
  const { date, member } = lanes[here.lane];
  const terms = [`chunk:${here.chunk}`, `date:${date ?? "null"}`, `member:${member ?? "null"}`];
  if (form.section.value) terms.push(`section:${form.section.value}`);
  location.href = `${root}/experiments/${encodeURIComponent(expid)}/jobs?${new URLSearchParams({ q: terms.join(" ") })}`;
}

function keys(event) {
  const from = here ?? { lane: 0, chunk: 1 };
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (step) go(here ? from.lane + step[0] : 0, here ? from.chunk + step[1] : 1);
  else if (event.key === "Home") go(from.lane, 1);
  else if (event.key === "End") go(from.lane, chunks);
  else if (event.key === "Enter") open();
  else return;
  event.preventDefault();
}

function choose() {
  const query = new URLSearchParams();
  if (form.section.value) query.set("section", form.section.value);
  if (form.by.value !== "status") query.set("by", form.by.value);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  collect();
  here = null;
  draw();
}

try {
  jobs = await fetchJobs(root, expid, ["status", "section", "date", "member", "chunk", "queue_seconds", "run_seconds"]);
  box.replaceChildren(canvas);
  collect();
  draw();
  new ResizeObserver(draw).observe(box);
  form.addEventListener("change", choose);
  box.addEventListener("keydown", keys);
  canvas.addEventListener("mousemove", (event) => {
    const cell = at(event);
    if (!cell || (here && here.lane === cell.lane && here.chunk === cell.chunk)) return;
    here = cell;
    tell();
    requestAnimationFrame(draw);
  });
  canvas.addEventListener("click", (event) => {
    here = at(event);
    open();
  });
  onSchemeChange(draw);
  box.dataset.ready = "";
} catch {
  box.querySelector("[data-progress]").textContent = text("failed");
}
