// The cells of the calendar: the jobs of one chunk of one start date and member, what they do, and
// what they took together.
import { URGENT } from "../parts/badges.js";

// What cells can tell beside the status, and the column of the answer that it is the sum of.
export const MEASURES = { run: "run_seconds", wait: "queue_seconds", energy: "energy_joules" };
const DONE = new Set(["COMPLETED", "FAILED"]);

// The cells by `key(lane, chunk)`, the lanes in the order of the list, and how many chunks there are.
export function makeCells(jobs, section) {
  const made = { cells: new Map(), lanes: [], chunks: 0 };
  const laneOf = new Map();
  for (let row = 0; row < jobs.size; row++) {
    const chunk = jobs.value("chunk", row);
    if (!chunk || (section && jobs.value("section", row) !== section)) continue;
    const [date, member] = [jobs.value("date", row), jobs.value("member", row)];
    const name = `${date}\u0000${member}`;
    if (!laneOf.has(name)) laneOf.set(name, made.lanes.push({ date, member }) - 1);
    made.chunks = Math.max(made.chunks, chunk);
    add(cellAt(made.cells, laneOf.get(name), chunk), jobs, row);
  }
  return made;
}

export const key = (lane, chunk) => `${lane},${chunk}`;

function cellAt(cells, lane, chunk) {
  const place = key(lane, chunk);
  if (!cells.has(place)) cells.set(place, { lane, chunk, counts: {}, urgent: URGENT.length, ended: 0, run: 0, wait: 0, energy: 0 });
  return cells.get(place);
}

function add(cell, jobs, row) {
  const status = jobs.value("status", row);
  cell.counts[status] = (cell.counts[status] ?? 0) + 1;
  cell.urgent = Math.min(cell.urgent, URGENT.indexOf(status));
  if (DONE.has(status)) cell.ended++;
  for (const [name, field] of Object.entries(MEASURES)) cell[name] += jobs.value(field, row) ?? 0;
}

export const statusOf = (cell) => URGENT[cell.urgent];

// The least and the most of a measure over all cells that have it, how many of these there are, and in
// how many it is missing though jobs have ended.
export function spread(cells, measure) {
  const found = { least: Infinity, most: 0, known: 0, missing: 0 };
  for (const cell of cells.values()) {
    const value = cell[measure];
    if (value) {
      found.least = Math.min(found.least, value);
      found.most = Math.max(found.most, value);
      found.known++;
    } else if (cell.ended) found.missing++;
  }
  return found;
}
