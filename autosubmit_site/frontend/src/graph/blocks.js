// The drawing from afar: jobs that stand near each other as one block, with how many they are in
// which status.
import { STATUSES, URGENT } from "../parts/badges.js";

// A block is at least so large, in pixels: there is room for a picture and a number.
const LEAST = { x: 76, y: 34 };

const PLACE = Object.fromEntries(STATUSES.map((status, at) => [status, at]));
const BY_URGENCY = URGENT.map((status) => PLACE[status]);

// The blocks of a drawing by their keys. `shown` says of a row whether it is drawn, `lit` whether it
// stands out.
export function makeBlocks({ jobs, places }, { across, along }, shown, lit) {
  const width = across.ends.length - 1;
  const blocks = new Map();
  const status = statusPlaces(jobs);
  for (let row = 0; row < jobs.size; row++) {
    if (!shown(row)) continue;
    const [column, line] = [across.of[places.cells.x[row]], along.of[places.cells.y[row]]];
    const key = line * width + column;
    let block = blocks.get(key);
    if (!block) {
      block = {
        key, column, line, total: 0, lit: 0, counts: new Uint32Array(STATUSES.length),
        left: across.ends[column], right: across.ends[column + 1], bottom: along.ends[line], top: along.ends[line + 1],
      };
      blocks.set(key, block);
    }
    block.total++;
    block.counts[status[row]]++;
    if (lit(row)) block.lit++;
  }
  return blocks;
}

// The bands of columns and of lines at a scale.
export const bandsAt = ({ places }, scale) => ({
  across: places.axes.x.bands(scale.x, LEAST.x),
  along: places.axes.y.bands(scale.y, LEAST.y),
});

export const keyOfBands = ({ across, along }) => `${across.step} ${along.step}`;

// The place of each job's status among all.
function statusPlaces(jobs) {
  jobs.statusPlaces ??= Uint8Array.from({ length: jobs.size }, (_, row) => PLACE[jobs.value("status", row)]);
  return jobs.statusPlaces;
}

// What of its jobs wants to be seen first.
export const worst = (block) => STATUSES[BY_URGENCY.find((place) => block.counts[place])];

// Its jobs by status, those that want to be seen first ahead.
export const counted = (block) =>
  BY_URGENCY.filter((place) => block.counts[place]).map((place) => [STATUSES[place], block.counts[place]]);

// What the jobs of a block have in common: dates, members, chunks and sections, where they are few.
export function described({ jobs, places }, block, chunkWord) {
  const rows = places.inside(block);
  const words = (field, most) => {
    const found = new Set();
    for (const row of rows) if (found.add(jobs.value(field, row)).size > most) return "";
    return [...found].filter(Boolean).join(", ");
  };
  const chunks = rows.map((row) => jobs.value("chunk", row)).filter(Boolean);
  const [first, last] = chunks.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, 0]);
  const span = first === last ? first : `${first}–${last}`;
  return [words("date", 2), words("member", 3), last ? `${chunkWord} ${span}` : "", words("section", 3)].filter(Boolean).join(" · ");
}
