// What is in sight as a list of shapes: the marks around the nodes of WebGL on the screen, and all of
// the drawing in pictures to take away.
import { number } from "../parts/formats.js";
import { textured } from "../parts/textures.js";
import { counted, worst } from "./blocks.js";
import { edgeLook, isDimmed, isShown, nodeColour, radiusOf, shortName } from "./look.js";
import { pixelsApart } from "./window.js";

// From how many pixels on a job has its picture, a part of a bar its texture, and a job its words.
const [PICTURE, TEXTURE] = [6, 5];
const WORDS = { x: 74, y: 28 };

const text = (words, x, y, fill, more = {}) => ({ kind: "text", words, x, y, fill, ...more });
const rect = (x, y, width, height, fill, more = {}) => ({ kind: "rect", x, y, width, height, fill, ...more });

// -- lanes and columns -----------------------------------------------------------------------------

// From near: every other lane of a date and member is shaded, behind the jobs.
export function laneShapes(view, seen) {
  const lanes = (view.places.lanes ?? []).map((lane) => [at(view, 0, lane.to).y, at(view, 0, lane.from).y]);
  return lanes
    .filter(([top, bottom], place) => place % 2 && bottom > 0 && top < seen.height)
    .map(([top, bottom]) => rect(0, top - 14, seen.width, bottom - top + 28, view.theme.line, { opacity: 0.28 }));
}

// The names of lanes and of the columns of chunks, where there is room, in front of the jobs.
export function laneNames(view, seen) {
  const { lanes, columns } = view.places;
  if (!lanes) return [];
  const middle = (one, two) => (one + two) / 2;
  return [
    ...besideNames(view, seen, lanes.map((lane) => ({ name: laneName(lane), middle: at(view, 0, middle(lane.from, lane.to)).y }))),
    ...aboveNames(view, seen, columns.map(({ chunk, from, to }) => ({ name: chunk, middle: at(view, middle(from, to), 0).x }))),
  ];
}

// From afar: the names of bands in which several lanes or columns are put together.
export function bandNames(view, seen) {
  const { lanes, columns, axes } = view.places;
  if (!lanes) return [];
  const { across, along } = view.blocksOf;
  const middle = (ends, band, place) => place((ends[band] + ends[band + 1]) / 2);
  const beside = axes.y.spans(along).map(({ first, last }, band) => ({
    // Lanes are from the bottom up.
    name: bandName(lanes[last], lanes[first]), middle: middle(along.ends, band, (y) => at(view, 0, y).y),
  }));
  const above = axes.x.spans(across).map(({ first, last }, band) => ({
    name: first === last ? columns[first].chunk : `${columns[first].chunk}–${columns[last].chunk}`,
    middle: middle(across.ends, band, (x) => at(view, x, 0).x),
  }));
  return [...besideNames(view, seen, beside), ...aboveNames(view, seen, above)];
}

const laneName = ({ date, member }) => [date?.slice(0, 10), member].filter(Boolean).join(" ");

function bandName(first, last) {
  if (first === last) return laneName(first);
  if (first.date === last.date) return `${first.date?.slice(0, 10) ?? ""} ${first.member}–${last.member}`.trim();
  return `${first.date?.slice(0, 10) ?? ""} – ${last.date?.slice(0, 10) ?? ""}`;
}

function besideNames(view, seen, bands) {
  let last = Infinity;
  return bands.flatMap(({ name, middle }) => {
    const place = Math.min(Math.max(middle, 28), seen.height - 10);
    if (!name || middle < -40 || middle > seen.height + 40 || last - place < 15) return [];
    last = place;
    return tag(name, 4, place, view.theme);
  });
}

function aboveNames(view, seen, bands) {
  let last = -Infinity;
  return bands.flatMap(({ name, middle }) => {
    if (!name || middle < 90 || middle > seen.width - 20 || middle - last < 34) return [];
    last = middle;
    return tag(String(name), middle - String(name).length * 3.3 - 4, 10, view.theme);
  });
}

function tag(words, x, y, theme) {
  if (!words) return [];
  return [rect(x - 2, y - 8, words.length * 6.6 + 8, 16, theme.surface, { opacity: 0.85 }), text(words, x + 2, y, theme.quiet, { size: 11 })];
}

const at = ({ sigma }, x, y) => sigma.graphToViewport({ x, y });

// -- from afar -------------------------------------------------------------------------------------

// A block is as wide as its jobs: a bar of statuses below, above it the picture of what wants to be
// seen first, and how many they are.
export function blockShapes(view, seen) {
  const shapes = [];
  for (const block of view.blocks.values()) {
    if (block.right < seen.left || block.left > seen.right || block.top < seen.bottom || block.bottom > seen.top) continue;
    const [a, b] = [at(view, block.left, block.top), at(view, block.right, block.bottom)];
    shapes.push(...oneBlock(view, block, { x: a.x + 1, y: a.y + 1, width: b.x - a.x - 2, height: b.y - a.y - 2 }));
  }
  return shapes;
}

function oneBlock(view, block, box) {
  const { theme } = view;
  const { x, y, width, height } = box;
  const dimmed = view.lit !== null && !block.lit;
  const marked = block.key === view.cursor;
  const edge = marked ? theme.text : block.lit ? theme.accent : theme.line;
  const frame = { stroke: edge, line: marked || block.lit ? 2 : 1, opacity: dimmed ? 0.55 : 1 };
  // At the edges of the drawing a block may be too narrow or too low for words.
  const room = width >= 56 && height >= 24;
  const bar = room ? Math.max(5, Math.min(9, height * 0.22)) : height - 4;
  return [
    rect(x, y, width, height, theme.raised, frame),
    ...statusBar(theme, block, { x: x + 2, y: y + height - bar - 2, width: width - 4, height: bar }, dimmed),
    ...(room ? blockWords(view, block, { ...box, height: height - bar - 2 }, dimmed) : []),
  ];
}

function statusBar(theme, block, { x, y, width, height }, dimmed) {
  let left = x;
  return counted(block).flatMap(([status, jobs]) => {
    const share = { x: left, y, width: (width * jobs) / block.total, height };
    left += share.width;
    const filled = rect(share.x, y, share.width, height, dimmed ? theme.border : theme.status[status]);
    if (dimmed || share.width < TEXTURE) return [filled];
    return [filled, ...textured(theme.texture[status], share, theme.ink[status])];
  });
}

function blockWords(view, block, { x, y, width, height }, dimmed) {
  const { theme } = view;
  const middle = y + height / 2;
  const radius = Math.min(8, height / 2 - 2);
  const status = worst(block);
  const total = number(block.total);
  const words = block.lit ? `${number(block.lit)} / ${total}` : total;
  const left = x + 11 + radius * 2;
  const shapes = [
    ...disc(theme, status, x + 6 + radius, middle, radius, dimmed ? theme.border : theme.status[status]),
    text(words, left, middle, dimmed ? theme.quiet : theme.text, { size: 12 }),
  ];
  // How many of them want to be seen first, where not all are alike.
  const [[, jobs], ...others] = counted(block);
  const more = `${number(jobs)} ${status}`;
  const after = left + words.length * 7 + 12;
  if (!block.lit && others.length && after + more.length * 7 < x + width) shapes.push(text(more, after, middle, theme.quiet, { size: 11 }));
  return shapes;
}

function disc(theme, status, x, y, radius, fill) {
  return [
    { kind: "circle", x, y, radius, fill, title: status },
    { kind: "icon", path: theme.icon[status], x, y, size: radius * 1.5, stroke: theme.ink[status] },
  ];
}

// -- from near -------------------------------------------------------------------------------------

// Pictures on the jobs, and names beside them, where there is room; `whole` draws jobs and edges too.
export function nodeShapes(view, seen, { whole = false } = {}) {
  const pixels = pixelsApart(view, seen.scale);
  const radius = radiusOf(pixels);
  const rows = view.places.inside(wider(seen, 40)).filter((row) => isShown(view, row));
  const places = new Map(rows.map((row) => [row, at(view, view.places.x[row], view.places.y[row])]));
  const shapes = whole ? edgeShapes(view, rows, places, radius) : [];
  for (const row of rows) {
    const { x, y } = places.get(row);
    if (whole) shapes.push({ kind: "circle", x, y, radius, fill: nodeColour(view, row), title: view.jobs.value("name", row) });
    const status = view.jobs.value("status", row);
    if (radius >= PICTURE && !isDimmed(view, row)) {
      shapes.push({ kind: "icon", path: view.theme.icon[status], x, y, size: radius * 1.4, stroke: view.theme.ink[status] });
    }
    if (row === view.chosen) shapes.push({ kind: "circle", x, y, radius: radius + 3, stroke: view.theme.text, line: 2 });
    if (pixels.x >= WORDS.x && pixels.y >= WORDS.y + 2 * radius && !isDimmed(view, row)) shapes.push(...words(view, row, x, y + radius, pixels.x));
  }
  return shapes;
}

function words(view, row, x, y, room) {
  const { theme, jobs } = view;
  const letters = Math.floor((room - 8) / 6.4);
  const shorten = (said) => (said.length <= letters ? said : `${said.slice(0, letters - 1)}…`);
  // Its place in the drawing tells the rest.
  const near = [jobs.value("section", row), jobs.value("chunk", row) || ""].join(" ").trim();
  const name = shortName(view, row);
  return [
    text(name.length <= letters ? name : shorten(near), x, y + 9, theme.text, { size: 11, middle: true, halo: theme.surface }),
    text(shorten(jobs.value("status", row)), x, y + 21, theme.quiet, { size: 10, middle: true, halo: theme.surface }),
  ];
}

function edgeShapes(view, rows, places, radius) {
  const shapes = [];
  const place = (row) => places.get(row) ?? at(view, view.places.x[row], view.places.y[row]);
  const line = (from, to) => {
    const look = edgeLook(view, from, to);
    if (!look) return;
    const [a, b] = [place(from), place(to)];
    shapes.push({ kind: "line", x1: a.x, y1: a.y, x2: b.x, y2: b.y, stroke: look.color, line: Math.max(0.8, look.size * radius) });
  };
  for (const row of rows) {
    for (const child of view.edges.children(row)) line(row, child);
    for (const parent of view.edges.parents(row)) if (!places.has(parent)) line(parent, row);
  }
  return shapes;
}

function wider(seen, pixels) {
  const [aside, above] = [pixels / seen.scale.x, pixels / seen.scale.y];
  return { left: seen.left - aside, right: seen.right + aside, bottom: seen.bottom - above, top: seen.top + above };
}
