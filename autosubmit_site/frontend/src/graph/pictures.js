// What is in sight as a picture to take away, PNG or SVG: the same shapes, with a legend below.
import { STATUSES } from "../parts/badges.js";
import { isShown } from "./look.js";
import { cleared, paint, svgOf } from "../parts/paint.js";
import { bandNames, blockShapes, laneNames, laneShapes, nodeShapes } from "./shapes.js";
import { sight } from "./window.js";

const LEGEND = 34;
// How wide a PNG is at least, in pixels.
const WIDE = 3_000;

export function downloadSvg(view) {
  const { shapes, width, height } = picture(view);
  save(new Blob([svgOf(shapes, width, height, view.expid)], { type: "image/svg+xml" }), `${view.expid}_graph.svg`);
}

export function downloadPng(view) {
  const { shapes, width, height } = picture(view);
  const canvas = document.createElement("canvas");
  paint(cleared(canvas, width, height, Math.max(1, WIDE / width)), shapes);
  canvas.toBlob((blob) => save(blob, `${view.expid}_graph.png`), "image/png");
}

function picture(view) {
  const seen = sight(view);
  const below = { kind: "rect", x: 0, width: seen.width, fill: view.theme.surface };
  const shapes = [
    { ...below, y: 0, height: seen.height },
    ...(view.far
      ? [...blockShapes(view, seen), ...bandNames(view, seen)]
      : [...laneShapes(view, seen), ...nodeShapes(view, seen, { whole: true }), ...laneNames(view, seen)]),
    { ...below, y: seen.height, height: LEGEND },
    ...legend(view, seen.height + LEGEND / 2),
  ];
  return { shapes, width: seen.width, height: seen.height + LEGEND };
}

function legend(view, y) {
  const { theme, jobs } = view;
  const counts = new Map();
  for (let row = 0; row < jobs.size; row++) {
    if (isShown(view, row)) counts.set(jobs.value("status", row), (counts.get(jobs.value("status", row)) ?? 0) + 1);
  }
  let x = 12;
  return [
    { kind: "text", words: view.expid, x, y, fill: theme.text, size: 13 },
    ...STATUSES.filter((status) => counts.has(status)).flatMap((status, at) => {
      x += at ? 0 : view.expid.length * 9 + 16;
      const words = `${status} ${counts.get(status)}`;
      const shapes = [
        { kind: "rect", x, y: y - 8, width: 16, height: 16, fill: theme.status[status] },
        { kind: "icon", path: theme.icon[status], x: x + 8, y, size: 13, stroke: theme.ink[status] },
        { kind: "text", words, x: x + 22, y, fill: theme.text, size: 12 },
      ];
      x += words.length * 8 + 40;
      return shapes;
    }),
  ];
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
