// Keeps the columns of jobs as the server has them, by the events of the page.
import { ask } from "./asking.js";
import { number } from "./formats.js";
import { onLive } from "./live.js";

// Drawings are made anew at most so often, in milliseconds.
const PAUSE = 500;

// Calls `changed` with the rows that changed, of many events at once.
export function followJobs(jobs, root, expid, changed) {
  const rows = new Set();
  let waiting = null;

  function take(told, counts) {
    for (const job of told) {
      jobs.take(job);
      rows.add(job.index);
    }
    if (counts) showCounts(counts);
    if (!rows.size) return;
    waiting ??= setTimeout(() => {
      waiting = null;
      const all = new Set(rows);
      rows.clear();
      changed(all);
    }, PAUSE);
  }

  // What changed between the columns and the stream, or while the stream could not tell.
  async function closeGap() {
    const query = new URLSearchParams({ since: jobs.cursor });
    const answer = await ask(`${root}/v4/experiments/${encodeURIComponent(expid)}/jobs/changes?${query}`);
    if (!answer.ok) return;
    const told = await answer.json();
    if (told.reset) return location.reload(); // The rows are those of other jobs.
    jobs.cursor = told.cursor;
    take(rowsOf(told), told.counts);
  }

  onLive("jobs", (told) => {
    if (told.list_version === jobs.version) take(told.jobs, told.counts);
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

// The numbers beside badges of statuses (data-count), where there are any.
function showCounts(counts) {
  for (const place of document.querySelectorAll("[data-count]")) place.textContent = number(counts[place.dataset.count] ?? 0);
}
