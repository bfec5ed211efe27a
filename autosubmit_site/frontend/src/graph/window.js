// What sigma holds: the jobs in sight and a little around them, with the edges between. A graph of a
// hundred thousand jobs is so as light as one of some thousand.
import Graph from "graphology";
import { edgeLook, fullLabel, isShown, nodeColour } from "./look.js";

// More jobs than `MOST` in sight, or than there is room for, are drawn as blocks: there is nothing to be
// seen of a single one on less than `ROOM` square pixels, or, of more than `SOME`, nearer than `APART`
// pixels to the next. A graph that has no more than `WHOLE` jobs is held whole.
const [MOST, ROOM] = [3_000, 230];
const [SOME, APART] = [500, 14];
const WHOLE = 6_000;
// How much around what is in sight is there already, of its width and height.
const MARGIN = 0.3;

// What can be seen of the drawing, in its own units, and how many pixels a unit has.
export function sight({ sigma }) {
  const { width, height } = sigma.getDimensions();
  // Of the camera as it is now, which may not have been drawn yet.
  const now = { cameraState: sigma.getCamera().getState() };
  const [a, b] = [sigma.viewportToGraph({ x: 0, y: 0 }, now), sigma.viewportToGraph({ x: width, y: height }, now)];
  const box = { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), bottom: Math.min(a.y, b.y), top: Math.max(a.y, b.y) };
  return { ...box, width, height, scale: { x: width / (box.right - box.left), y: height / (box.top - box.bottom) } };
}

// How far apart neighbours are, in pixels.
export const pixelsApart = ({ places }, scale) => ({ x: places.gap.x * scale.x, y: places.gap.y * scale.y });

// Whether there are too many jobs in sight to draw each.
export function isFar(view, seen) {
  const apart = pixelsApart(view, seen.scale);
  const most = Math.min(apart.x, apart.y) < APART ? SOME : MOST;
  return view.places.inside(seen, Math.min(most, (seen.width * seen.height) / ROOM)) === null;
}

// Has sigma hold what is in sight, or nothing when it is far; gives whether that was something new.
export function hold(view, seen) {
  if (view.far) {
    if (view.held === FAR) return false;
    view.held = FAR;
    setGraph(view, [0]); // Of an empty graph sigma would not follow the camera.
    return true;
  }
  const { held } = view;
  if (held && seen.left >= held.left && seen.right <= held.right && seen.bottom >= held.bottom && seen.top <= held.top) return false;
  const [aside, above] = [(seen.right - seen.left) * MARGIN, (seen.top - seen.bottom) * MARGIN];
  const whole = view.jobs.size <= WHOLE;
  view.held = whole ? EVERYWHERE : { left: seen.left - aside, right: seen.right + aside, bottom: seen.bottom - above, top: seen.top + above };
  setGraph(view, view.places.inside(view.held), !whole);
  return true;
}

const FAR = { left: 0, right: -1, bottom: 0, top: -1 };
const EVERYWHERE = { left: -Infinity, right: Infinity, bottom: -Infinity, top: Infinity };

// Edges lead out of sight too; where they come from or go to is then held as well.
function setGraph(view, rows, fromOutside = false) {
  const graph = new Graph({ type: "directed" });
  const { x, y } = view.places;
  const add = (row) => graph.hasNode(row) || graph.addNode(row, { x: x[row], y: y[row], size: 1 });
  for (const row of rows) add(row);
  if (!view.far) {
    for (const row of rows) {
      for (const child of view.edges.children(row)) {
        add(child);
        graph.mergeEdge(row, child);
      }
      if (!fromOutside) continue;
      for (const parent of view.edges.parents(row)) {
        add(parent);
        graph.mergeEdge(parent, row);
      }
    }
  }
  view.graph = graph;
  view.sigma.setGraph(graph);
}

export function reduceNode(view, node, attributes) {
  const row = Number(node);
  return isShown(view, row) && !view.far
    ? { ...attributes, label: fullLabel(view, row), color: nodeColour(view, row), zIndex: view.lit?.has(row) ? 1 : 0 }
    : { ...attributes, hidden: true };
}

export function reduceEdge(view, edge) {
  const [from, to] = view.graph.extremities(edge).map(Number);
  const look = edgeLook(view, from, to);
  return look ? { ...look, zIndex: view.lit?.has(from) && view.lit?.has(to) ? 1 : 0 } : { hidden: true };
}
