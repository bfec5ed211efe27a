// The drawing itself: sigma with jobs and edges, a canvas behind it for lanes and blocks, and one in
// front of it for pictures and names. What is drawn depends on how near it is looked at.
import Graph from "graphology";
import Sigma from "sigma";
import { NodeCircleProgram } from "sigma/rendering";
import { moving } from "../parts/motion.js";
import { bandsAt, keyOfBands, makeBlocks } from "./blocks.js";
import { isLit, isShown, radiusOf } from "./look.js";
import { cleared, paint } from "../parts/paint.js";
import { bandNames, blockShapes, laneNames, laneShapes, nodeShapes } from "./shapes.js";
import { hold, isFar, pixelsApart, reduceEdge, reduceNode, sight } from "./window.js";

const WHOLE = { x: 0.5, y: 0.5, ratio: 1, angle: 0 };

// Makes `view.sigma`; fails where the browser has no WebGL.
export function startDrawing(view, box, behind, front) {
  view.sigma = new Sigma(new Graph({ type: "directed" }), box, {
    allowInvalidContainer: true,
    defaultDrawNodeHover: (context, node, settings) => drawHover(view, context, node, settings),
    edgeReducer: (edge) => reduceEdge(view, edge),
    nodeReducer: (node, attributes) => reduceNode(view, node, attributes),
    nodeProgramClasses: { circle: NodeCircleProgram },
    // Jobs are as large as there is room between them, not by the root of the zoom.
    zoomToSizeRatioFunction: () => 1 / view.radius,
    labelFont: "system-ui, sans-serif",
    labelSize: 12,
    maxCameraRatio: 3,
    minCameraRatio: 0.0005,
    minEdgeThickness: 1.3,
    renderLabels: false,
    stagePadding: 40,
    zIndex: true,
  });
  view.sigma.on("beforeRender", () => (view.radius = radiusNow(view)));
  view.sigma.on("afterRender", () => draw(view, behind, front));
}

// Shows other places for the jobs, as a whole.
export function showPlaces(view, places) {
  view.places = places;
  view.held = view.blocks = null;
  view.sigma.setCustomBBox(places.box);
  view.sigma.getCamera().setState(WHOLE);
  view.sigma.refresh();
}

// Draws again after something else than the camera changed.
export function redraw(view) {
  view.blocks = null;
  view.sigma.refresh({ skipIndexation: true });
}

function draw(view, behind, front) {
  if (!view.places) return;
  const seen = sight(view);
  view.far = isFar(view, seen);
  view.sigma.getContainer().classList.toggle("far", view.far);
  if (hold(view, seen)) return; // It drew meanwhile.
  const [below, above] = [behind, front].map((canvas) => cleared(canvas, seen.width, seen.height));
  if (!view.far) paint(below, laneShapes(view, seen));
  if (view.far) {
    putTogether(view, bandsAt(view, seen.scale));
    paint(above, [...blockShapes(view, seen), ...bandNames(view, seen)]);
  } else {
    view.cursor = null;
    paint(above, [...nodeShapes(view, seen), ...laneNames(view, seen)]);
  }
}

// Makes the blocks of these bands, unless they are there.
function putTogether(view, bands) {
  const key = keyOfBands(bands);
  if (view.blocks && view.blocksOf.key === key) return;
  if (view.blocksOf?.key !== key) view.cursor = null;
  view.blocksOf = { key, ...bands };
  view.blocks = makeBlocks(view, bands, (row) => isShown(view, row), (row) => isLit(view, row));
}

function radiusNow(view) {
  return view.places ? radiusOf(pixelsApart(view, sight(view).scale)) : 5;
}

// -- the camera ------------------------------------------------------------------------------------

// Where the camera is when it looks at a place of the drawing.
const inFrame = ({ sigma }, x, y) => sigma.viewportToFramedGraph(sigma.graphToViewport({ x, y }));

export function moveCamera(view, state, milliseconds = 250) {
  const camera = view.sigma.getCamera();
  const duration = moving(milliseconds);
  if (duration) camera.animate(state, { duration });
  else camera.setState(state);
}

export const showAll = (view) => moveCamera(view, WHOLE);

export function zoomBy(view, factor) {
  moveCamera(view, { ratio: view.sigma.getCamera().getBoundedRatio(view.sigma.getCamera().ratio * factor) }, 120);
}

export function pan(view, right, up) {
  const { x, y, ratio } = view.sigma.getCamera();
  view.sigma.getCamera().setState({ x: x + right * 0.12 * ratio, y: y + up * 0.12 * ratio });
}

// Goes to a job, near enough to see it among its neighbours.
export function goToRow(view, row) {
  const { ratio } = view.sigma.getCamera();
  const pixels = pixelsApart(view, sight(view).scale);
  const near = ratio * Math.min(1, pixels.x / 90, pixels.y / 64);
  moveCamera(view, { ...inFrame(view, view.places.x[row], view.places.y[row]), ratio: near });
}

// Goes into a block, so far that it fills the view.
export function goIntoBlock(view, block) {
  const seen = sight(view);
  const share = Math.max((block.right - block.left) / (seen.right - seen.left), (block.top - block.bottom) / (seen.top - seen.bottom));
  const { ratio } = view.sigma.getCamera();
  moveCamera(view, { ...inFrame(view, (block.left + block.right) / 2, (block.bottom + block.top) / 2), ratio: ratio * Math.min(0.6, share * 1.1) });
}

export function goToBlock(view, block) {
  const seen = sight(view);
  const [x, y] = [(block.left + block.right) / 2, (block.bottom + block.top) / 2];
  if (x > seen.left && x < seen.right && y > seen.bottom && y < seen.top) return redrawMarks(view);
  moveCamera(view, inFrame(view, x, y), 120);
}

export const redrawMarks = (view) => view.sigma.scheduleRender();

export function blockAt(view, { x, y }) {
  if (!view.far || !view.blocks) return null;
  const place = view.sigma.viewportToGraph({ x, y });
  for (const block of view.blocks.values()) {
    if (place.x >= block.left && place.x < block.right && place.y >= block.bottom && place.y < block.top) return block;
  }
  return null;
}

// -- the job under the pointer ---------------------------------------------------------------------

function drawHover({ theme }, context, node, settings) {
  context.font = `600 ${settings.labelSize}px ${settings.labelFont}`;
  const width = context.measureText(node.label).width + 14;
  const left = Math.max(2, Math.min(node.x + node.size + 4, context.canvas.clientWidth - width - 2));
  context.fillStyle = theme.surface;
  context.strokeStyle = theme.border;
  context.beginPath();
  context.roundRect(left, node.y - 12, width, 24, 5);
  context.fill();
  context.stroke();
  context.beginPath();
  context.arc(node.x, node.y, node.size + 2, 0, Math.PI * 2);
  context.lineWidth = 2;
  context.strokeStyle = theme.text;
  context.stroke();
  context.fillStyle = theme.text;
  context.textBaseline = "middle";
  context.fillText(node.label, left + 7, node.y);
}
