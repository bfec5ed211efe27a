// The graph of an experiment's jobs, drawn with WebGL: two layouts, search, statuses, neighbours,
// the longest chain, a panel for the chosen job, and pictures to take away.
import { downloadAsPNG } from "@sigma/export-image";
import Graph from "graphology";
import Sigma from "sigma";
import { NodeCircleProgram, NodePointProgram } from "sigma/rendering";
import { colour, hex, onSchemeChange, statusColours } from "./parts/colours.js";
import { Dependencies } from "./parts/dependencies.js";
import { duration, instant } from "./parts/formats.js";
import { drawLanes } from "./parts/graph-lanes.js";
import { downloadSvg } from "./parts/graph-svg.js";
import { fetchJobs, findRows } from "./parts/job-columns.js";
import { data, text } from "./parts/texts.js";

const FIELDS = ["name", "status", "section", "date", "member", "chunk", "platform", "queue_seconds", "run_seconds", "start", "finish"];
const PARTS = { parents: "parents", children: "children" };

const box = document.querySelector("[data-graph]");
const expid = box.dataset.graph;
const root = document.body.dataset.root;
const statuses = data("statuses");
const asked = new URLSearchParams(location.search);
const number = new Intl.NumberFormat(document.documentElement.lang);
const find = (name) => document.querySelector(`[data-${name}]`);
const api = (path) => `${root}/v4/experiments/${encodeURIComponent(expid)}/${path}`;

const state = {
  layout: asked.get("layout") || "standard",
  chosen: -1,
  // Rows that stand out; null when all do.
  lit: null,
  hiddenStatuses: new Set((asked.get("without") ?? "").split(",").filter(Boolean)),
};
let jobs;
let edges;
let graph;
let sigma;
let drawn;
let colours;
let theme;

const json = async (path) => {
  const answer = await fetch(api(path), { credentials: "same-origin" });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error_message);
  return body;
};

function readColours() {
  colours = Object.fromEntries(Object.entries(statusColours(statuses)).map(([key, value]) => [key, hex(value)]));
  theme = {
    text: hex(colour("text")), surface: hex(colour("surface")), line: hex(colour("line")),
    quiet: hex(colour("quiet")), border: hex(colour("border")), accent: hex(colour("accent")),
  };
}

// -- the drawing ---------------------------------------------------------------------------------

// The drawing is stretched to the shape of its place, within reason: a long one is no thread then.
function stretch() {
  const range = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [[left, right], [top, bottom]] = [range(drawn.x), range(drawn.y)];
  const wanted = (box.clientWidth / Math.max(1, box.clientHeight)) * ((bottom - top) / Math.max(1, right - left));
  drawn.stretch = Math.min(8, Math.max(1 / 8, wanted || 1));
}

function makeGraph() {
  graph = new Graph({ type: "directed", multi: true });
  const room = Math.min(1, box.clientWidth / 1200);
  const size = Math.max(1.6, room * Math.min(9, 260 / Math.sqrt(jobs.size)));
  for (let row = 0; row < jobs.size; row++) {
    graph.addNode(row, { x: drawn.x[row] * drawn.stretch, y: -drawn.y[row], size, color: colours[jobs.value("status", row)] });
  }
  if (!large()) addEdges(Array.from({ length: edges.size }, (_, row) => row));
}

// From afar the edges of a large graph are a stain that takes long to draw: they are there from
// near, and between jobs that stand out.
const MOST_ROWS = 4_000;
const large = () => edges.targets.length > 10_000;

function addEdges(rows, among = null) {
  for (const row of rows) {
    for (const child of edges.children(row)) {
      if (!among || among.has(child)) graph.addEdge(row, child, { size: 0.6 });
    }
  }
}

let pause;
function placeEdges() {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const seen = inSight();
    const had = graph.size;
    graph.clearEdges();
    if (seen) addEdges(seen);
    else if (state.lit && state.lit.size <= MOST_ROWS) addEdges(state.lit, state.lit);
    if (had || graph.size) sigma.refresh();
  }, 200);
}

// The rows in sight; null if there are too many.
function inSight() {
  const { width, height } = sigma.getDimensions();
  const [a, b] = [sigma.viewportToGraph({ x: 0, y: 0 }), sigma.viewportToGraph({ x: width, y: height })];
  const [left, right] = [Math.min(a.x, b.x) / drawn.stretch, Math.max(a.x, b.x) / drawn.stretch];
  const [top, bottom] = [-Math.max(a.y, b.y), -Math.min(a.y, b.y)];
  const seen = [];
  for (let row = 0; row < jobs.size; row++) {
    if (drawn.x[row] < left || drawn.x[row] > right || drawn.y[row] < top || drawn.y[row] > bottom) continue;
    if (seen.push(row) > MOST_ROWS) return null;
  }
  return seen;
}

// What stands out and what steps back, for nodes and edges.
const visible = (row) => !state.hiddenStatuses.has(jobs.value("status", row));

function reduceNode(node, attributes) {
  const row = Number(node);
  if (!visible(row)) return { ...attributes, hidden: true };
  if (row === state.chosen) {
    return { ...attributes, size: attributes.size * 1.8, highlighted: true, label: label(row), zIndex: 2, forceLabel: true };
  }
  if (state.lit && !state.lit.has(row)) return { ...attributes, color: theme.line, zIndex: 0 };
  return { ...attributes, label: label(row), zIndex: 1 };
}

function reduceEdge(edge, attributes) {
  const [from, to] = graph.extremities(edge).map(Number);
  if (!visible(from) || !visible(to)) return { ...attributes, hidden: true };
  if (!state.lit) return { ...attributes, color: graph.size > 5_000 ? theme.line : theme.border };
  const lit = state.lit.has(from) && state.lit.has(to);
  return lit
    ? { ...attributes, color: theme.accent, size: 1.6, zIndex: 1 }
    : { ...attributes, color: theme.line };
}

function refresh() {
  sigma.refresh({ skipIndexation: true });
  if (large()) placeEdges();
}

const label = (row) => `${jobs.value("name", row).slice(expid.length + 1)} · ${jobs.value("status", row)}`;

function start() {
  sigma = new Sigma(graph, box, {
    allowInvalidContainer: true,
    defaultEdgeColor: theme.line,
    edgeReducer: reduceEdge,
    nodeReducer: reduceNode,
    // One vertex for each of very many jobs.
    nodeProgramClasses: { circle: large() ? NodePointProgram : NodeCircleProgram },
    hideEdgesOnMove: large(),
    hideLabelsOnMove: true,
    labelColor: { color: theme.text },
    labelDensity: 0.5,
    labelGridCellSize: 160,
    labelRenderedSizeThreshold: 12,
    labelFont: "system-ui, sans-serif",
    labelSize: 12,
    maxCameraRatio: 3,
    minCameraRatio: 0.0005,
    stagePadding: 40,
    zIndex: true,
    defaultDrawNodeHover: drawHover,
  });
  sigma.on("clickNode", ({ node }) => choose(Number(node)));
  sigma.on("doubleClickNode", ({ node, event }) => {
    event.preventSigmaDefault();
    location.href = jobLink(Number(node));
  });
  sigma.on("clickStage", () => choose(-1));
  sigma.on("enterNode", () => (box.style.cursor = "pointer"));
  sigma.on("leaveNode", () => (box.style.cursor = ""));
  const lanes = box.parentElement.querySelector("[data-lanes]");
  const behind = () => drawLanes(lanes, sigma, drawn, theme);
  sigma.on("afterRender", behind);
  behind();
  if (large()) sigma.getCamera().on("updated", placeEdges);
}

function drawHover(context, node, settings) {
  const words = node.label;
  if (!words) return;
  context.font = `600 ${settings.labelSize}px ${settings.labelFont}`;
  const width = context.measureText(words).width + 14;
  context.fillStyle = theme.surface;
  context.strokeStyle = theme.border;
  context.beginPath();
  context.roundRect(node.x + node.size + 3, node.y - 11, width, 22, 5);
  context.fill();
  context.stroke();
  context.beginPath();
  context.arc(node.x, node.y, node.size + 2, 0, Math.PI * 2);
  context.lineWidth = 2;
  context.strokeStyle = theme.text;
  context.stroke();
  context.fillStyle = theme.text;
  context.fillText(words, node.x + node.size + 10, node.y + 4);
}

async function setLayout(layout) {
  drawn = await json(`layout?layout=${layout}`);
  stretch();
  state.layout = layout;
  for (const button of document.querySelectorAll("[data-layout]")) {
    button.setAttribute("aria-pressed", button.dataset.layout === layout);
  }
  if (!graph) return;
  graph.updateEachNodeAttributes((node, attributes) => ({ ...attributes, x: drawn.x[node] * drawn.stretch, y: -drawn.y[node] }), {
    attributes: ["x", "y"],
  });
  sigma.setCustomBBox(null);
  sigma.getCamera().setState({ x: 0.5, y: 0.5, ratio: 1, angle: 0 });
  remember();
}

// -- the chosen job ------------------------------------------------------------------------------

const jobLink = (row) =>
  `${root}/experiments/${encodeURIComponent(expid)}/jobs/${encodeURIComponent(jobs.value("name", row))}`;

function choose(row, { move = false } = {}) {
  state.chosen = row;
  state.lit = row < 0 ? null : around(row);
  panel(row);
  refresh();
  if (move && row >= 0) {
    const { x, y } = sigma.getNodeDisplayData(row);
    const camera = sigma.getCamera();
    camera.animate({ x, y, ratio: Math.min(camera.ratio, Math.max(0.004, 12 / Math.sqrt(jobs.size + 144))) }, { duration: 250 });
  }
  remember();
}

function around(row) {
  if (!find("all-steps").checked) return new Set([row, ...edges.children(row), ...edges.parents(row)]);
  return new Set([...edges.reach(row, edges.parents), ...edges.reach(row, edges.children)]);
}

function panel(row) {
  const place = find("panel");
  place.hidden = row < 0;
  if (row < 0) return;
  const made = document.getElementById("panel").content.cloneNode(true);
  const link = made.querySelector("[data-name]");
  link.textContent = jobs.value("name", row);
  link.href = jobLink(row);
  made.querySelector("[data-status]").append(badge(jobs.value("status", row)));
  const facts = made.querySelector("[data-facts]");
  const say = (name, value) => {
    if (!value) return;
    const pair = document.createElement("div");
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = text(name);
    told.textContent = value;
    pair.append(term, told);
    facts.append(pair);
  };
  for (const name of ["section", "date", "member", "chunk", "platform"]) say(name, jobs.value(name, row));
  for (const name of ["queue_seconds", "run_seconds"]) {
    const seconds = jobs.value(name, row);
    say(name, seconds && duration(seconds));
  }
  for (const name of ["start", "finish"]) {
    const seconds = jobs.value(name, row);
    say(name, seconds && instant(seconds));
  }
  for (const name of Object.keys(PARTS)) neighbours(made.querySelector(`[data-${name}]`), name, edges[name](row));
  made.querySelector("[data-close]").addEventListener("click", () => choose(-1));
  place.replaceChildren(made);
}

function neighbours(place, name, rows) {
  place.querySelector("summary").textContent = `${text(name)} ${number.format(rows.length)}`;
  const list = place.querySelector("ul");
  for (const row of [...rows].slice(0, 100)) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet-button mono";
    button.textContent = jobs.value("name", row).slice(expid.length + 1);
    button.addEventListener("click", () => choose(row, { move: true }));
    item.append(button, badge(jobs.value("status", row)));
    list.append(item);
  }
}

const badge = (status) =>
  document.querySelector(`[data-badge="${status}"]`).content.firstElementChild.cloneNode(true);

// -- what is asked for ---------------------------------------------------------------------------

async function search(move = true) {
  const q = find("search").value.trim();
  const said = find("said");
  said.textContent = "";
  if (!q) {
    state.lit = null;
    return refresh();
  }
  try {
    const rows = await findRows(root, expid, q);
    said.textContent = text("found", { number: number.format(rows.length) });
    if (rows.length === 1) return choose(rows[0], { move });
    state.chosen = -1;
    panel(-1);
    state.lit = new Set(rows);
    refresh();
  } catch (error) {
    said.textContent = error.refused ? error.message : text("failed");
  }
  remember();
}

// What a job takes: what it took, or what jobs of its section took so far.
function longestChain() {
  const sums = new Map();
  for (let row = 0; row < jobs.size; row++) {
    const run = jobs.value("run_seconds", row);
    const section = jobs.value("section", row);
    if (run && jobs.value("status", row) === "COMPLETED") {
      const sum = sums.get(section) ?? [0, 0];
      sums.set(section, [sum[0] + run, sum[1] + 1]);
    }
  }
  const mean = (section) => (sums.has(section) ? sums.get(section)[0] / sums.get(section)[1] : 0);
  const chain = edges.longestChain((row) => {
    const done = jobs.value("status", row) === "COMPLETED";
    return (done && jobs.value("run_seconds", row)) || mean(jobs.value("section", row)) + 1;
  });
  state.chosen = -1;
  panel(-1);
  state.lit = new Set(chain.rows);
  find("said").textContent = text("chain", { number: number.format(chain.rows.length), time: duration(chain.seconds) });
  refresh();
}

function toggle(button) {
  const status = button.dataset.toggle;
  if (!state.hiddenStatuses.delete(status)) state.hiddenStatuses.add(status);
  button.setAttribute("aria-pressed", !state.hiddenStatuses.has(status));
  refresh();
  remember();
}

function remember() {
  const query = new URLSearchParams();
  if (state.layout !== "standard") query.set("layout", state.layout);
  const q = find("search").value.trim();
  if (q) query.set("q", q);
  if (state.chosen >= 0) query.set("job", jobs.value("name", state.chosen));
  if (state.hiddenStatuses.size) query.set("without", [...state.hiddenStatuses].join(","));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}

function keys(event) {
  const camera = sigma.getCamera();
  const step = 0.12 * camera.ratio;
  const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
  if (move) camera.setState({ x: camera.x + move[0], y: camera.y + move[1] });
  else if (event.key === "+" || event.key === "=") camera.animatedZoom({ duration: 120 });
  else if (event.key === "-") camera.animatedUnzoom({ duration: 120 });
  else if (event.key === "0") camera.animatedReset({ duration: 120 });
  else if (event.key === "Escape") choose(-1);
  else if (event.key === "Enter" && state.chosen >= 0) location.href = jobLink(state.chosen);
  else if ((event.key === "c" || event.key === "p") && jobs.size) {
    const next = state.chosen < 0 ? [0] : edges[event.key === "c" ? "children" : "parents"](state.chosen);
    if (next.length) choose(next[0], { move: true });
  } else return;
  event.preventDefault();
}

async function open() {
  readColours();
  try {
    [jobs, edges, drawn] = await Promise.all([
      fetchJobs(root, expid, FIELDS),
      json("dependencies").then((answer) => new Dependencies(answer)),
      json(`layout?layout=${state.layout}`),
    ]);
  } catch (error) {
    find("progress").textContent = error.message || text("failed");
    return;
  }
  if (!jobs.size) return find("progress").remove();
  stretch();
  makeGraph();
  try {
    start();
  } catch {
    find("progress").textContent = text("no_webgl");
    return;
  }
  find("progress").remove();
  for (const button of document.querySelectorAll("[data-layout]")) {
    button.setAttribute("aria-pressed", button.dataset.layout === state.layout);
    button.addEventListener("click", () => setLayout(button.dataset.layout));
  }
  for (const button of document.querySelectorAll("[data-toggle]")) {
    button.setAttribute("aria-pressed", !state.hiddenStatuses.has(button.dataset.toggle));
    button.addEventListener("click", () => toggle(button));
  }
  find("search").closest("form").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  find("all-steps").addEventListener("change", () => state.chosen >= 0 && choose(state.chosen));
  find("chain").addEventListener("click", longestChain);
  find("fit").addEventListener("click", () => sigma.getCamera().animatedReset({ duration: 200 }));
  find("zoom-in").addEventListener("click", () => sigma.getCamera().animatedZoom({ duration: 120 }));
  find("zoom-out").addEventListener("click", () => sigma.getCamera().animatedUnzoom({ duration: 120 }));
  find("png").addEventListener("click", () =>
    downloadAsPNG(sigma, { fileName: `${expid}_graph`, backgroundColor: theme.surface, width: 3000, height: 2000 }));
  find("svg").addEventListener("click", () => downloadSvg(sigma, graph, `${expid}_graph.svg`, theme));
  box.addEventListener("keydown", keys);
  onSchemeChange(() => {
    readColours();
    graph.updateEachNodeAttributes((node, one) => ({ ...one, color: colours[jobs.value("status", Number(node))] }));
    sigma.setSetting("labelColor", { color: theme.text });
  });
  const wanted = asked.get("job");
  const row = wanted ? jobs.columns.name.indexOf(wanted) : -1;
  if (row >= 0) choose(row, { move: true });
  else if (find("search").value.trim()) search();
  box.dataset.ready = "";
  // For measurements: how the drawing does.
  box.sigma = sigma;
}

open();
