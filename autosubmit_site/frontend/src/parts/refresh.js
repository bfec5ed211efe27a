// Parts of a page that the server makes (data-live-part, with the events that they depend on): after
// such an event the page is asked for again, and what is different is taken over. What tells for how
// long something lasts depends on the "clock".
import { ask } from "./asking.js";
import { isLive, onLive } from "./live.js";
import { keyOf, morph } from "./morph.js";
import { persistently, rest } from "./persist.js";
import { tellTimes } from "./times.js";

// Asking again takes at most a fifth of the time, and happens at most so often.
const LEAST_MILLISECONDS = 700;
const CLOCK_MILLISECONDS = 60_000;

const selector = "[data-live-part]";
const listeners = [];
const wanted = new Set();

// Calls `act` after the parts are as the server has them now.
export const onRefresh = (act) => listeners.push(act);

const takeOverWanted = persistently(async () => {
  const asked = [...wanted];
  wanted.clear();
  const began = performance.now();
  try {
    await takeOver(new Set(asked));
  } catch (error) {
    for (const event of asked) wanted.add(event);
    throw error;
  }
  await rest(Math.max(LEAST_MILLISECONDS, 4 * (performance.now() - began)));
});

function refresh(...events) {
  for (const event of events) wanted.add(event);
  takeOverWanted();
}

async function takeOver(events) {
  const parts = [...document.querySelectorAll(selector)];
  const depends = (part) => part.dataset.livePart.split(" ").some((event) => events.has(event));
  if (!parts.some(depends)) return;
  const answer = await ask(location.href, { cache: "no-cache" });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...page.querySelectorAll(selector)];
  // What was empty is not any more, and has scripts of its own.
  if (parts.some(isEmpty) && !fresh.some(isEmpty)) return location.reload();
  parts.forEach((part, at) => {
    if (!fresh[at] || !depends(part)) return;
    if (part.matches("table")) morphRows(part, fresh[at]);
    else morph(part, fresh[at]);
    tellTimes(part);
  });
  for (const act of listeners) await act();
}

const isEmpty = (part) => part.matches(".empty");

// Rows change where they are. That others belong there, or in another order, is said, and shown when
// the reader wants it.
function morphRows(table, fresh) {
  const rows = [...table.tBodies[0].rows];
  const keys = [...fresh.tBodies[0].rows].map(keyOf);
  for (const row of rows) {
    const at = keys.indexOf(keyOf(row));
    if (at >= 0) morph(row, fresh.tBodies[0].rows[at]);
  }
  document.querySelector("[data-live-moved]").hidden = String(keys) === String(rows.map(keyOf));
}

if (document.querySelector(selector)) {
  for (const event of ["jobs", "run", "logs", "experiments"]) onLive(event, () => refresh(event));
  const all = () => refresh("jobs", "run", "logs", "experiments");
  setInterval(() => isLive() && refresh("clock"), CLOCK_MILLISECONDS);
  onLive("resync", all);
  onLive("open", ({ resumed }) => resumed || all());
}

// Only rows that the server makes are there to be loaded again: others have scripts of their own.
if (document.querySelector(`table${selector}`)) {
  document.querySelector("[data-live-moved]").addEventListener("click", () => location.reload());
}
