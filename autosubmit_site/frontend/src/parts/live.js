// The one stream of events of a page: what changes on the server is told to whoever listens. It is
// closed while nobody looks at the page, and goes on afterwards where it was.
import { fill } from "./texts.js";

const NAMES = ["open", "jobs", "run", "logs", "resync", "experiments", "heartbeat", "bye"];
// The server says something every 15 seconds: after so many milliseconds without a word it is gone.
const SILENCE = 40_000;
const [SOONEST, LATEST] = [1_000, 30_000];
// Changes are read out at most so often.
const READ_OUT = 15_000;
// Answers after which it is of no use to try again, and how the page is then.
const FINAL = { 401: "ended", 403: "refused", 404: "gone" };
const STORED = "autosubmit.live";

const control = document.querySelector("[data-live]");
const find = (name) => control.querySelector(`[data-live-${name}]`);
const listeners = new EventTarget();

let source = null;
let last = "";
let failures = 0;
let silence;
let retry;
// What could not be fetched, and is tried again.
const missing = new Set();
let paused = wasPaused();

// Where a browser keeps nothing, nothing is remembered.
function wasPaused() {
  try {
    return localStorage.getItem(STORED) === "paused";
  } catch {
    return false;
  }
}

function rememberPause() {
  try {
    localStorage.setItem(STORED, paused ? "paused" : "on");
  } catch {
    // It is paused all the same, on this page.
  }
}

// Calls `act` with what events of a name tell.
export const onLive = (name, act) => listeners.addEventListener(name, (event) => act(event.detail));

// Whether changes are told of right now.
export const isLive = () => control?.dataset.state === "on";

// Whether it is of no use to ask for anything again: the session has ended, or there is nothing to see.
export const isFinal = () => Object.values(FINAL).includes(control?.dataset.state);

// How many milliseconds to wait after failures: longer after each, and not the same for everybody.
export const backOff = (failures) => Math.min(LATEST, SOONEST * 2 ** failures) * (0.5 + Math.random() / 2);

function connect() {
  clearTimeout(retry);
  if (source || paused || document.visibilityState === "hidden") return;
  const query = new URLSearchParams({ heartbeat: "event", ...(last ? { after: last } : {}) });
  source = new EventSource(`${control.dataset.live}?${query}`);
  for (const name of NAMES) source.addEventListener(name, hear);
  source.addEventListener("error", lose);
  waitForWord();
}

function disconnect() {
  clearTimeout(silence);
  source?.close();
  source = null;
}

// Nobody looks at the page: nothing is told until somebody does.
function leave() {
  disconnect();
  if (!paused) show("off");
}

function waitForWord() {
  clearTimeout(silence);
  silence = setTimeout(lose, SILENCE);
}

function hear({ type, data, lastEventId }) {
  waitForWord();
  if (data === undefined) return; // The browser's own event of that name: the stream is there.
  last = lastEventId || last;
  if (type === "bye") return lose();
  failures = 0;
  show("on");
  const told = JSON.parse(data);
  if (type === "jobs") collect(told.jobs);
  listeners.dispatchEvent(new CustomEvent(type, { detail: told }));
}

// The browser would try again by itself, but does not tell whether that can succeed.
async function lose() {
  disconnect();
  show("lost");
  retry = setTimeout(connect, backOff(failures++));
  const status = await fetch(control.dataset.live, { method: "HEAD" }).then((answer) => answer.status, () => 0);
  if (!FINAL[status] || source || paused) return;
  clearTimeout(retry);
  show(FINAL[status]);
}

// -- what is said ----------------------------------------------------------------------------------

function show(state) {
  if (control.dataset.state === state) return;
  control.dataset.state = state;
  say();
  find("login").hidden = state !== "ended";
  // Whoever is asked to log in comes back here.
  find("login").href = location.href;
}

function say() {
  const { state, lost, paused, ended, refused, gone } = control.dataset;
  const words = { lost, paused, ended, refused, gone, on: missing.size ? lost : "" }[state] ?? "";
  // The same words again would be read out again.
  if (find("said").textContent !== words) find("said").textContent = words;
}

// Lets the page say that something could not be fetched, until it could.
export function sayMissing(what, isMissing) {
  if (isMissing) missing.add(what);
  else missing.delete(what);
  if (control) say();
}

const changed = new Map();
let readOut = null;

function collect(jobs) {
  for (const { name, status } of jobs) changed.set(name, status);
  readOut ??= setTimeout(() => {
    const counts = new Map();
    for (const status of changed.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
    const words = [...counts].map(([status, number]) => `${number} ${status}`).join(", ");
    find("changes").textContent = fill(control.dataset.changed, { number: changed.size, words });
    changed.clear();
    readOut = null;
  }, READ_OUT);
}

// -- pausing ---------------------------------------------------------------------------------------

function pause(wanted) {
  paused = wanted;
  rememberPause();
  showPause();
  if (paused) disconnect();
  else connect();
}

function showPause() {
  find("pause").setAttribute("aria-pressed", !paused);
  if (paused) {
    clearTimeout(retry);
    show("paused");
  } else show("off");
}

if (control) {
  control.hidden = false;
  find("pause").addEventListener("click", () => pause(!paused));
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? leave() : connect()));
  addEventListener("pagehide", leave);
  addEventListener("pageshow", connect);
  showPause();
  connect();
}
