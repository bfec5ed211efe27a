// Keeps the columns of jobs as the server has them, by the events of the page.
import { ask } from "./asking.js";
import { fetchJobs } from "./job-columns.js";
import { isLive, onLive } from "./live.js";
import { persistently, rest } from "./persist.js";

// Drawings are made anew at most so often, in milliseconds, and that takes at most a fifth of the time.
const PAUSE = 400;

// Calls `changed` with the rows that changed, of many events at once, and waits for what it does.
export function followJobs(jobs, root, expid, changed) {
  const rows = new Set();
  let telling = false;
  let pause = PAUSE;
  // What is told while a gap is closed: it is newer than what closes the gap.
  let newer = null;

  function take(told) {
    for (const job of told) {
      jobs.take(job);
      rows.add(job.index);
    }
    if (!telling) tell();
  }

  async function tell() {
    telling = true;
    try {
      while (rows.size) {
        await rest(pause);
        const all = new Set(rows);
        rows.clear();
        const began = performance.now();
        await changed(all);
        pause = Math.max(PAUSE, 4 * (performance.now() - began));
      }
    } finally {
      telling = false;
    }
  }

  // What changed between the columns and the stream, or while the stream could not tell.
  const closeGap = persistently(async () => {
    newer ??= [];
    await catchUp();
    const told = newer;
    newer = null;
    take(told);
  });

  async function catchUp() {
    const query = new URLSearchParams({ since: jobs.cursor });
    const answer = await ask(`${root}/v4/experiments/${encodeURIComponent(expid)}/jobs/changes?${query}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const told = await answer.json();
    if (told.list_version !== jobs.version) return location.reload(); // The rows are those of other jobs.
    if (told.reset) return readAll();
    jobs.cursor = told.cursor;
    take(rowsOf(told));
  }

  // The server does not know the cursor any more, or another of its processes answered.
  async function readAll() {
    const fresh = await fetchJobs(root, expid, jobs.fields);
    if (fresh.version !== jobs.version) return location.reload();
    const differs = (row) => jobs.fields.some((field) => fresh.value(field, row) !== jobs.value(field, row));
    for (let row = 0; row < jobs.size; row++) if (differs(row)) rows.add(row);
    Object.assign(jobs, fresh);
  }

  onLive("jobs", (told) => {
    if (told.list_version !== jobs.version) closeGap();
    else if (newer) newer.push(...told.jobs);
    else take(told.jobs);
  });
  onLive("resync", closeGap);
  onLive("open", ({ resumed }) => resumed || closeGap());
  // The stream may have begun before anybody listened.
  if (isLive()) closeGap();
}

function rowsOf({ changed, tables }) {
  const names = Object.keys(changed);
  return changed.index.map((_, at) =>
    Object.fromEntries(names.map((name) => [name, tables[name] ? tables[name][changed[name][at]] : changed[name][at]])),
  );
}
