// Keeps the columns of jobs as the server has them, by the events of the page.
import { ask } from "./asking.js";
import { onLive } from "./live.js";

// Drawings are made anew at most so often, in milliseconds, and that takes at most a fifth of the time.
const PAUSE = 400;

// Calls `changed` with the rows that changed, of many events at once, and waits for what it does.
export function followJobs(jobs, root, expid, changed) {
  const rows = new Set();
  let telling = false;
  let pause = PAUSE;

  function take(told) {
    for (const job of told) {
      jobs.take(job);
      rows.add(job.index);
    }
    if (!telling) tell();
  }

  async function tell() {
    telling = true;
    while (rows.size) {
      await new Promise((done) => setTimeout(done, pause));
      const all = new Set(rows);
      rows.clear();
      const began = performance.now();
      await changed(all);
      pause = Math.max(PAUSE, 4 * (performance.now() - began));
    }
    telling = false;
  }

  // What changed between the columns and the stream, or while the stream could not tell.
  async function closeGap() {
    const query = new URLSearchParams({ since: jobs.cursor });
    const answer = await ask(`${root}/v4/experiments/${encodeURIComponent(expid)}/jobs/changes?${query}`);
    if (!answer.ok) return;
    const told = await answer.json();
    if (told.reset) return location.reload(); // The rows are those of other jobs.
    jobs.cursor = told.cursor;
    take(rowsOf(told));
  }

  onLive("jobs", (told) => {
    if (told.list_version === jobs.version) take(told.jobs);
    else closeGap();
  });
  onLive("resync", closeGap);
  onLive("open", ({ resumed }) => resumed || closeGap());
}

function rowsOf({ changed, tables }) {
  const names = Object.keys(changed);
  return changed.index.map((_, at) =>
    Object.fromEntries(names.map((name) => [name, tables[name] ? tables[name][changed[name][at]] : changed[name][at]])),
  );
}
