// The table of all jobs: the page holds the first hundred; this fetches every one as columns and
// lets them be scrolled, sorted, searched, chosen and copied, with the pointer and with keys.
import { copy } from "./parts/copy.js";
import { duration, instant } from "./parts/formats.js";
import { fetchJobs, findRows } from "./parts/job-columns.js";
import { say } from "./parts/say.js";
import { data, text } from "./parts/texts.js";

const ROW = 28; // Pixels, as in tables.css.
const FIELD = { wait: "queue_seconds", run: "run_seconds" };
const NUMBERS = new Set(["chunk", "split", "wait", "run"]);
const MOST_NAMED = 20; // More chosen jobs than these are not in the address.

const place = document.querySelector("[data-jobs]");
const root = document.body.dataset.root;
const expid = document.querySelector("[data-csv]")?.href.match(/experiments\/([^/]+)\/jobs/)[1];
const field = document.getElementById("q");
const form = field?.closest("form");
const labels = data("columns");
const names = Object.keys(labels);
const number = new Intl.NumberFormat(document.documentElement.lang);

let jobs;
let rows = [];
let here = -1;
let anchor = -1;
let asking = new AbortController();
const chosen = new Set();
const asked = new URLSearchParams(location.search);
let sort = asked.get("sort") ?? "";
let descending = asked.get("desc") === "true";

const badges = Object.fromEntries(
  [...document.querySelectorAll("[data-badge]")].map((one) => [one.dataset.badge, one.content.firstElementChild]),
);

const grid = document.createElement("div");
const head = document.createElement("div");
const body = document.createElement("div");
const pool = [];

function build() {
  grid.className = "grid";
  grid.tabIndex = 0;
  grid.dataset.keys = "";
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", text("jobs"));
  grid.setAttribute("aria-multiselectable", "true");
  head.className = "grid-head";
  head.setAttribute("role", "row");
  head.setAttribute("aria-rowindex", "1");
  for (const name of names) head.append(headCell(name));
  body.setAttribute("role", "rowgroup");
  const heads = document.createElement("div");
  heads.setAttribute("role", "rowgroup");
  heads.className = "grid-heads";
  heads.append(head);
  grid.append(heads, body);
  grid.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  grid.addEventListener("keydown", walk);
  grid.addEventListener("click", choose);
  new ResizeObserver(draw).observe(grid);
}

function headCell(name) {
  const cell = document.createElement("div");
  cell.setAttribute("role", "columnheader");
  cell.dataset.column = name;
  if (NUMBERS.has(name)) cell.className = "number";
  const button = document.createElement("button");
  button.type = "button";
  button.addEventListener("click", () => {
    descending = sort === name && !descending;
    sort = name;
    order();
    remember();
  });
  cell.append(button);
  return cell;
}

// Elements are made once; what changes while rows are scrolled past is the data of their text nodes.
function newRow() {
  const row = document.createElement("div");
  row.className = "grid-row";
  row.setAttribute("role", "row");
  row.texts = names.map((name) => {
    const cell = document.createElement("div");
    cell.setAttribute("role", name === "name" ? "rowheader" : "gridcell");
    if (NUMBERS.has(name)) cell.className = "number";
    row.append(cell);
    if (name === "status") return cell;
    let place = cell;
    if (name === "name") {
      place = document.createElement("a");
      place.className = "mono";
      place.tabIndex = -1;
      cell.append(place);
      row.link = place;
    }
    const words = document.createTextNode("");
    place.append(words);
    return words;
  });
  body.append(row);
  pool.push(row);
  return row;
}

function fill(element, at) {
  const row = rows[at];
  const selected = chosen.has(row);
  if (element.at !== at) {
    element.at = at;
    element.style.transform = `translateY(${at * ROW}px)`;
    element.id = `row-${at}`;
    element.setAttribute("aria-rowindex", at + 2);
  }
  if (element.selected !== selected) {
    element.selected = selected;
    element.setAttribute("aria-selected", selected);
  }
  element.classList.toggle("here", at === here);
  if (element.row === row) return;
  element.row = row;
  names.forEach((name, column) => {
    const place = element.texts[column];
    const value = jobs.value(FIELD[name] ?? name, row);
    if (name === "status") {
      if (element.status !== value) place.replaceChildren(badges[value].cloneNode(true));
      element.status = value;
    } else if (!value) place.data = "";
    else if (name === "wait" || name === "run") place.data = duration(value);
    else if (name === "start" || name === "finish") place.data = instant(value);
    else place.data = value;
    if (name === "name") element.link.href = jobLink(value);
  });
}

function draw() {
  if (!jobs) return;
  const top = Math.max(0, Math.floor(grid.scrollTop / ROW) - 8);
  const end = Math.min(rows.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW) + 8);
  while (pool.length < end - top) newRow();
  // A row of the table always has the same element, so that scrolling fills only what came in sight.
  const used = new Set();
  for (let at = top; at < end; at++) {
    const element = pool[at % pool.length];
    used.add(element);
    element.hidden = false;
    fill(element, at);
  }
  for (const element of pool) if (!used.has(element)) element.hidden = true;
}

const jobLink = (name) => `${root}/experiments/${encodeURIComponent(expid)}/jobs/${encodeURIComponent(name)}`;

function order() {
  if (sort) rows = jobs.sorted(rows, FIELD[sort] ?? sort, descending);
  else rows = rows.slice().sort((a, b) => a - b);
  for (const cell of head.children) {
    const of = cell.dataset.column;
    const mark = of === sort ? (descending ? " ▾" : " ▴") : "";
    cell.firstElementChild.textContent = labels[of] + mark;
    if (mark) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  }
  show();
}

function show() {
  grid.setAttribute("aria-rowcount", rows.length + 1);
  body.style.height = `${rows.length * ROW}px`;
  body.style.position = "relative";
  for (const element of pool) element.row = element.at = -1;
  here = Math.min(here, rows.length - 1);
  document.querySelector("[data-found]").textContent = text("found", {
    found: number.format(rows.length),
    all: number.format(jobs.size),
  });
  counts();
  draw();
}

// How many of the shown jobs are in which status; a click asks for one.
function counts() {
  const found = new Map();
  for (const row of rows) {
    const status = jobs.value("status", row);
    found.set(status, (found.get(status) ?? 0) + 1);
  }
  const list = document.createElement("ul");
  list.className = "counts";
  for (const status of data("statuses").filter((one) => found.has(one))) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const count = document.createElement("b");
    count.textContent = ` ${number.format(found.get(status))}`;
    button.append(badges[status].cloneNode(true), count);
    button.addEventListener("click", () => {
      const rest = field.value.replace(/(^|\s)status:\S+/g, " ").trim();
      field.value = `${rest} status:${status}`.trim();
      search();
    });
    item.append(button);
    list.append(item);
  }
  document.querySelector("[data-counts]").replaceChildren(list);
}

// -- choosing ----------------------------------------------------------------------------------

function choose(event) {
  const element = event.target.closest(".grid-row");
  if (!element || event.target.closest("a")) return;
  const { at } = element;
  if (event.shiftKey && anchor >= 0) range(anchor, at);
  else {
    if (chosen.has(rows[at])) chosen.delete(rows[at]);
    else chosen.add(rows[at]);
    anchor = at;
  }
  go(at);
  tellChosen();
}

function range(from, to) {
  for (let at = Math.min(from, to); at <= Math.max(from, to); at++) chosen.add(rows[at]);
}

function tellChosen() {
  const told = document.querySelector("[data-selected]");
  told.hidden = !chosen.size;
  told.textContent = text("selected", { number: number.format(chosen.size) });
  document.querySelector("[data-copy-names]").hidden = !rows.length;
  document.querySelector("[data-copy-command]").hidden = !chosen.size;
  remember();
  draw();
}

const chosenNames = () =>
  (chosen.size ? [...chosen].sort((a, b) => a - b) : rows).map((row) => jobs.value("name", row));

async function copyNames() {
  await copy(chosenNames().join("\n"));
  say(text("copied"));
}

async function copyCommand() {
  await copy(`autosubmit setstatus ${expid} -fl "${chosenNames().join(" ")}" -t WAITING -s -np`);
  say(text("copied_command"));
}

// -- walking -----------------------------------------------------------------------------------

function go(at) {
  here = Math.min(Math.max(at, 0), rows.length - 1);
  if (here < 0) return;
  const top = here * ROW;
  const above = head.offsetHeight;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + ROW + above > grid.scrollTop + grid.clientHeight) {
    grid.scrollTop = top + ROW + above - grid.clientHeight;
  }
  draw();
  grid.setAttribute("aria-activedescendant", `row-${here}`);
}

function walk(event) {
  if (event.target !== grid) return;
  const page = Math.max(1, Math.floor(grid.clientHeight / ROW) - 2);
  const to = {
    ArrowDown: here + 1, ArrowUp: here - 1, j: here + 1, k: here - 1,
    PageDown: here + page, PageUp: here - page, Home: 0, End: rows.length - 1,
  }[event.key];
  if (to !== undefined && !event.altKey) {
    event.preventDefault();
    const from = Math.max(here, 0);
    go(to);
    if (event.shiftKey) {
      range(from, here);
      tellChosen();
    } else anchor = here;
  } else if (event.key === " " && here >= 0) {
    event.preventDefault();
    if (!chosen.delete(rows[here])) chosen.add(rows[here]);
    anchor = here;
    tellChosen();
  } else if (event.key === "Enter" && here >= 0) {
    location.href = jobLink(jobs.value("name", rows[here]));
  } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    rows.forEach((row) => chosen.add(row));
    tellChosen();
  } else if (event.key === "c" && !event.ctrlKey && !event.metaKey) {
    copyNames();
  } else if (event.key === "Escape") {
    chosen.clear();
    tellChosen();
  } else if (event.key === "/") {
    event.preventDefault();
    field.focus();
  }
}

// -- searching ---------------------------------------------------------------------------------

async function search() {
  asking.abort();
  asking = new AbortController();
  const q = field.value.trim();
  const mistake = document.getElementById("mistake");
  try {
    rows = q ? await findRows(root, expid, q, asking.signal) : Array.from({ length: jobs.size }, (_, row) => row);
  } catch (error) {
    if (error.name === "AbortError") return;
    mistake.textContent = error.refused ? error.message : text("failed");
    field.setAttribute("aria-invalid", "true");
    return;
  }
  mistake.textContent = "";
  field.removeAttribute("aria-invalid");
  chosen.clear();
  grid.scrollTop = 0;
  here = -1;
  order();
  tellChosen();
}

function remember() {
  const query = new URLSearchParams();
  const q = field.value.trim();
  if (q) query.set("q", q);
  if (sort) query.set("sort", sort);
  if (descending) query.set("desc", "true");
  if (chosen.size && chosen.size <= MOST_NAMED) query.set("chosen", chosenNames().join(","));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  const csv = document.querySelector("[data-csv]");
  csv.href = csv.href.split("?")[0] + (q ? `?${new URLSearchParams({ q })}` : "");
}

async function start() {
  try {
    const [found, wanted] = await Promise.all([
      fetchJobs(root, expid),
      field.value.trim() ? findRows(root, expid, field.value.trim()) : null,
    ]);
    jobs = found;
    rows = wanted ?? Array.from({ length: jobs.size }, (_, row) => row);
  } catch {
    return say(text("failed")); // The page that the server made stays.
  }
  build();
  const hint = document.createElement("p");
  hint.className = "quiet grid-hint";
  hint.textContent = text("keys");
  place.replaceChildren(grid, hint);
  document.querySelector("[data-pages]")?.remove();
  order();
  const wanted = new Set((asked.get("chosen") ?? "").split(",").filter(Boolean));
  if (wanted.size) rows.forEach((row) => wanted.has(jobs.value("name", row)) && chosen.add(row));
  tellChosen();
  document.querySelector("[data-copy-names]").addEventListener("click", copyNames);
  document.querySelector("[data-copy-command]").addEventListener("click", copyCommand);
  let pause;
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(search, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  grid.dataset.ready = "";
}

if (place) start();
