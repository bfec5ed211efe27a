// The calendar as shapes: a line for each start date and member, a column for each chunk.
import { parts } from "../parts/colours.js";
import { textured } from "../parts/textures.js";
import { statusOf } from "./cells.js";

export const LEFT = 120;
export const TOP = 22;
// From how many pixels on a cell has its picture, and its texture.
const [PICTURE, TEXTURE] = [15, 5];

// How large a cell is, in pixels, so that all lines and columns can be seen at once if that is possible.
export const cellSize = ({ lanes, chunks }, room) => ({
  width: Math.max(3, Math.min(34, (room - LEFT - 8) / Math.max(1, chunks))),
  height: Math.max(8, Math.min(26, Math.floor(640 / Math.max(1, lanes.length)))),
});

// `by` is what cells tell: the status, or a measure with its `range`.
export function calendarShapes({ drawn, size, here, by, range }, theme) {
  const shapes = [...chunkNames(drawn, size, theme), ...laneNames(drawn, size, theme)];
  const [gap, gapBelow] = [size.width > 6 ? 1 : 0, size.height > 6 ? 1 : 0];
  for (const cell of drawn.cells.values()) {
    const place = { x: LEFT + (cell.chunk - 1) * size.width, y: TOP + cell.lane * size.height, width: size.width - gap, height: size.height - gapBelow };
    shapes.push(...(by === "status" ? statusCell(cell, place, theme) : measuredCell(cell[by], cell.ended, place, range, theme)));
    if (here && here.lane === cell.lane && here.chunk === cell.chunk) {
      shapes.push({ kind: "rect", ...place, stroke: theme.text, line: 2 });
    }
  }
  return shapes;
}

function statusCell(cell, place, theme) {
  const status = statusOf(cell);
  const filled = { kind: "rect", ...place, fill: theme.status[status] };
  const [stroke, least] = [theme.ink[status], Math.min(place.width, place.height)];
  if (least >= PICTURE) return [filled, { kind: "icon", path: theme.icon[status], ...middleOf(place), size: 13, stroke }];
  return [filled, ...(least >= TEXTURE ? textured(theme.texture[status], place, stroke) : [])];
}

// What is not known of jobs that ended is a dash, not a low value.
function measuredCell(value, ended, place, { least, most }, theme) {
  if (value) return [{ kind: "rect", ...place, fill: shade(theme, most > least ? (value - least) / (most - least) : 1) }];
  const empty = { kind: "rect", ...place, fill: theme.raised };
  if (!ended) return [empty];
  const { x, y } = middleOf(place);
  const half = Math.min(5, place.width / 3);
  return [empty, { kind: "line", x1: x - half, y1: y, x2: x + half, y2: y, stroke: theme.border, line: 1.5 }];
}

const middleOf = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });

// Pale to full, of one hue: it can be told apart in grey.
export function shade(theme, share) {
  const [low, high] = [parts(rgb(theme.surface)), parts(rgb(theme.status.RUNNING))];
  const mixed = low.slice(0, 3).map((value, at) => Math.round(255 * (value + (high[at] - value) * (0.14 + 0.86 * share))));
  return `rgb(${mixed.join(" ")})`;
}

const rgb = (hex) => `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(" ")})`;

function chunkNames({ chunks }, { width }, theme) {
  const every = Math.ceil(30 / width);
  const named = Array.from({ length: chunks }, (_, at) => at + 1).filter((chunk) => chunk === 1 || chunk % every === 0);
  return named.map((chunk) => ({ kind: "text", words: String(chunk), x: LEFT + (chunk - 1) * width + 1, y: TOP / 2, fill: theme.quiet, size: 12 }));
}

function laneNames({ lanes }, { height }, theme) {
  const every = Math.ceil(13 / height);
  return lanes.flatMap(({ name }, at) =>
    at % every ? [] : [{ kind: "text", words: name, x: 4, y: TOP + at * height + height / 2, fill: theme.quiet, size: 12 }]);
}
