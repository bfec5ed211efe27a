// The lanes of dates and members and the columns of chunks behind the graph, with their names where
// there is room for them: from afar the ensemble, from near the single chunk.
export function drawLanes(canvas, sigma, drawn, theme) {
  const { width, height } = sigma.getDimensions();
  const scale = devicePixelRatio || 1;
  if (canvas.width !== width * scale || canvas.height !== height * scale) {
    canvas.width = width * scale;
    canvas.height = height * scale;
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  if (!drawn.lanes) return;
  const at = (x, y) => sigma.graphToViewport({ x: x * drawn.stretch, y: -y });
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  let lastName = -Infinity;
  drawn.lanes.forEach((lane, place) => {
    const top = at(0, lane.top).y;
    const bottom = at(0, lane.bottom).y;
    if (bottom < 0 || top > height) return;
    if (place % 2) {
      context.fillStyle = theme.line;
      context.globalAlpha = 0.28;
      context.fillRect(0, top, width, bottom - top);
      context.globalAlpha = 1;
    }
    const middle = Math.min(Math.max((top + bottom) / 2, 8), height - 8);
    if (middle - lastName < 14) return;
    lastName = middle;
    const name = [lane.date?.slice(0, 10), lane.member].filter(Boolean).join(" ");
    tag(context, name, 4, middle, theme);
  });
  let lastColumn = -Infinity;
  for (const column of drawn.columns) {
    if (!column.chunk) continue;
    const left = at(column.left, 0).x;
    const right = at(column.right, 0).x;
    const middle = (left + right) / 2;
    if (middle < 90 || middle > width) continue;
    if (middle - lastColumn < 34) continue;
    lastColumn = middle;
    tag(context, String(column.chunk), middle - 8, 9, theme);
  }
}

function tag(context, words, x, y, theme) {
  if (!words) return;
  const width = context.measureText(words).width + 8;
  context.fillStyle = theme.surface;
  context.globalAlpha = 0.85;
  context.fillRect(x - 2, y - 8, width, 16);
  context.globalAlpha = 1;
  context.fillStyle = theme.quiet;
  context.fillText(words, x + 2, y);
}
