// The timeline as shapes: lanes, ticks, bars that are pale while a job was in the queue, and brackets.
import { instant } from "../parts/formats.js";
import { textured } from "../parts/textures.js";

export const LEFT = 130;
export const TOP = 26;
// The height of a line, in pixels: as there is room, so that bars can have pictures, and from which
// width on they have a texture.
const [LEAST, MOST, PICTURE, TEXTURE] = [7, 18, 13, 5];
const STEPS = [60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 7_776_000, 31_536_000];

export const lineHeight = ({ lines }, height) => Math.max(LEAST, Math.min(MOST, Math.floor((height - TOP - 8) / Math.max(1, lines))));

export const xOf = (view, time) => LEFT + ((time - view.from) / (view.until - view.from)) * (view.width - LEFT - 8);
export const timeAt = (view, x) => view.from + ((x - LEFT) / (view.width - LEFT - 8)) * (view.until - view.from);
export const yOf = (view, line) => TOP + line * view.line - view.scroll;

export function timelineShapes(view, theme) {
  return [
    ...stripes(view, theme),
    ...ticks(view).map((tick) => rect(xOf(view, tick), TOP, 1, view.height, theme.line)),
    ...barShapes(view, theme),
    ...brackets(view, theme),
    rect(0, 0, view.width, TOP, theme.surface),
    rect(0, TOP, LEFT - 4, view.height, theme.surface),
    ...tickNames(view, theme),
    ...laneNames(view, theme),
  ];
}

const rect = (x, y, width, height, fill, more = {}) => ({ kind: "rect", x, y, width, height, fill, ...more });
const text = (words, x, y, fill) => ({ kind: "text", words, x, y, fill, size: 12 });

function stripes(view, theme) {
  return view.drawn.lanes
    .filter((lane, at) => at % 2)
    .map((lane) => rect(0, yOf(view, lane.top), view.width, lane.lines * view.line, theme.line, { opacity: 0.35 }));
}

// Bars in sight. Of those that fall on the same pixel of a line one is enough.
function barShapes(view, theme) {
  const shapes = [];
  let [line, drawnTo] = [-1, -Infinity];
  for (const bar of view.drawn.bars) {
    const top = yOf(view, bar.line);
    if (top < TOP - view.line || top > view.height || bar.finish < view.from || bar.submit > view.until) continue;
    if (bar.line !== line) [line, drawnTo] = [bar.line, -Infinity];
    const right = xOf(view, bar.finish);
    if (right < drawnTo + 0.7 && bar !== view.chosen) continue;
    drawnTo = right;
    shapes.push(...oneBar(view, theme, bar, top));
  }
  return shapes;
}

function oneBar(view, theme, bar, top) {
  const fill = theme.status[bar.status];
  const height = view.line - 1;
  const from = Math.max(LEFT, xOf(view, bar.shown ?? bar.submit));
  const began = Math.max(from, xOf(view, bar.start || bar.finish));
  const until = Math.max(began + 1, xOf(view, bar.finish));
  const shapes = [rect(from, top + height * 0.3, Math.max(0.5, began - from), height * 0.45, fill, { opacity: 0.4 })];
  const ink = bar.past ? fill : theme.ink[bar.status];
  if (bar.start && bar.past) shapes.push(rect(began + 0.5, top + 0.5, until - began - 1, height - 1, theme.surface, { stroke: fill, line: 1.5 }));
  else if (bar.start) shapes.push(rect(began, top, Math.max(1, until - began - 0.7), height, fill));
  if (view.line >= PICTURE && (bar.start ? until - began : until - from) >= 12) {
    const x = bar.start ? (began + until) / 2 : from + 6;
    shapes.push({ kind: "icon", path: theme.icon[bar.status], x, y: top + height / 2, size: height - 5, stroke: bar.start && !bar.past ? ink : theme.text });
  } else if (bar.start && until - began >= TEXTURE) {
    shapes.push(...textured(theme.texture[bar.status], { x: began, y: top + 0.5, width: Math.min(until, view.width) - began - 1, height: height - 1 }, ink));
  }
  if (bar === view.chosen) shapes.push(rect(from - 2, top - 2, until - from + 4, height + 4, null, { stroke: theme.text, line: 2 }));
  return shapes;
}

// A bracket opens and closes where its wrapper was submitted and ended.
function brackets(view, theme) {
  return view.drawn.brackets.flatMap((one) => {
    const [top, bottom] = [yOf(view, one.line), yOf(view, one.line + one.lines) - 1];
    if (bottom < TOP || top > view.height || one.finish < view.from || one.submit > view.until) return [];
    const [left, right] = [xOf(view, one.submit) - 1.5, xOf(view, one.finish) + 1.5];
    const hook = Math.min(5, (right - left) / 3);
    const line = (x1, y1, x2, y2) => ({ kind: "line", x1, y1, x2, y2, stroke: theme.text, line: 1.5 });
    return [[left, hook], [right, -hook]].filter(([x]) => x >= LEFT).flatMap(([x, inward]) => [
      line(x, top, x, bottom), line(x, top, x + inward, top), line(x, bottom, x + inward, bottom),
    ]);
  });
}

function ticks(view) {
  const room = Math.max(1, (view.width - LEFT) / 130);
  const step = STEPS.find((one) => (view.until - view.from) / one <= room) ?? STEPS.at(-1);
  const found = [];
  for (let tick = Math.ceil(view.from / step) * step; tick < view.until; tick += step) found.push(tick);
  return found;
}

function tickNames(view, theme) {
  const length = view.until - view.from;
  const [first, last] = [length < 172_800 ? 5 : 0, length < 1_000_000 ? 16 : 10];
  return ticks(view).map((tick) => text(instant(tick).slice(first, last), xOf(view, tick) + 3, TOP / 2, theme.quiet));
}

function laneNames(view, theme) {
  let last = -Infinity;
  return view.drawn.lanes.flatMap((lane) => {
    const middle = yOf(view, lane.top) + (lane.lines * view.line) / 2;
    if (middle < TOP + 4 || middle > view.height || middle - last < 14) return [];
    last = middle;
    return [text(lane.name, 6, middle, theme.quiet)];
  });
}
