// The graph with the pointer and with keys. From afar arrow keys walk from block to block and Enter
// goes into one; from near they move the view, and Enter opens the chosen job.
import { number } from "../parts/formats.js";
import { text } from "../parts/texts.js";
import { counted, described } from "./blocks.js";
import { choose, nextFound, tell, toNeighbour } from "./choosing.js";
import { blockAt, goIntoBlock, goToBlock, pan, redrawMarks, showAll, zoomBy } from "./drawing.js";
import { linkOf } from "./panel.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export function listen(view, box) {
  const { sigma } = view;
  sigma.on("clickNode", ({ node }) => choose(view, Number(node)));
  sigma.on("doubleClickNode", ({ node, event }) => {
    event.preventSigmaDefault();
    location.href = linkOf(view, Number(node));
  });
  sigma.on("clickStage", ({ event }) => {
    const block = blockAt(view, event);
    if (block) goIntoBlock(view, block);
    else if (view.chosen >= 0) choose(view, -1);
  });
  sigma.on("enterNode", () => (box.style.cursor = "pointer"));
  sigma.on("leaveNode", () => (box.style.cursor = ""));
  box.addEventListener("pointermove", (event) => !event.buttons && over(view, box, event));
  box.addEventListener("keydown", (event) => pressed(view, event));
}

function over(view, box, event) {
  if (!view.far) return;
  const place = box.getBoundingClientRect();
  const block = blockAt(view, { x: event.clientX - place.left, y: event.clientY - place.top });
  box.style.cursor = block ? "pointer" : "";
  if (block && block.key !== view.cursor) mark(view, block);
}

// Marks a block and says what is in it.
function mark(view, block) {
  view.cursor = block.key;
  redrawMarks(view);
  const jobs = counted(block).map(([status, jobs]) => `${number(jobs)} ${status}`).join(", ");
  tell(text("block", { what: described(view, block, text("chunk")), jobs }));
}

function pressed(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  const act = arrow ? () => (view.far && !event.shiftKey ? walk(view, arrow) : pan(view, ...arrow)) : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act(view);
}

const KEYS = {
  "+": (view) => zoomBy(view, 1 / 1.5),
  "=": (view) => zoomBy(view, 1 / 1.5),
  "-": (view) => zoomBy(view, 1.5),
  0: showAll,
  Escape: (view) => choose(view, -1),
  Enter: enter,
  c: (view) => toNeighbour(view, "children"),
  p: (view) => toNeighbour(view, "parents"),
  n: (view) => nextFound(view, 1),
  N: (view) => nextFound(view, -1),
};

function enter(view) {
  const block = view.far && view.blocks.get(view.cursor);
  if (block) goIntoBlock(view, block);
  else if (view.chosen >= 0) location.href = linkOf(view, view.chosen);
}

// Walks to the next block that has jobs; the first step marks the one in the middle.
function walk(view, [right, up]) {
  const here = view.blocks.get(view.cursor);
  const next = here ? nextBlock(view, here, right, up) : nearestTo(view);
  if (!next) return;
  mark(view, next);
  goToBlock(view, next);
}

function nextBlock({ blocks }, here, right, up) {
  let nearest = null;
  for (const one of blocks.values()) {
    const [aside, above] = [one.column - here.column, one.line - here.line];
    const ahead = aside * right + above * up;
    if (ahead <= 0) continue;
    const distance = ahead + 3 * Math.abs(right ? above : aside);
    if (!nearest || distance < nearest.distance) nearest = { one, distance };
  }
  return nearest?.one;
}

function nearestTo(view) {
  const { width, height } = view.sigma.getDimensions();
  const { x, y } = view.sigma.viewportToGraph({ x: width / 2, y: height / 2 });
  const away = (one) => Math.hypot((one.left + one.right) / 2 - x, (one.bottom + one.top) / 2 - y);
  return [...view.blocks.values()].reduce((best, one) => (best && away(best) <= away(one) ? best : one), null);
}
