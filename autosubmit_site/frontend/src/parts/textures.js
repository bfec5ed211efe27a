// The textures of bars, as shapes of drawings where there is no room for pictures: what goes on has
// upright strokes, what waits has dots, what went wrong slanted strokes, and what is done is plain.
const [STROKE, STEP, DOT] = [1.3, 5, 1.3];

// Shapes that fill a box with a texture.
export function textured(texture, box, stroke) {
  return (LINES[texture]?.(box) ?? []).map(([x1, y1, x2, y2]) => ({ kind: "line", x1, y1, x2, y2, stroke, line: STROKE }));
}

// The places of strokes along a length, as many as there is room for, around its middle.
function along(from, length) {
  const count = Math.max(1, Math.floor(length / STEP));
  return Array.from({ length: count }, (_, at) => from + length / 2 + (at - (count - 1) / 2) * STEP);
}

const LINES = {
  upright: ({ x, y, width, height }) => along(x, width).map((at) => [at, y, at, y + height]),
  dotted: ({ x, y, width, height }) =>
    along(x, width).map((at) => [at - DOT / 2, y + height / 2, at + DOT / 2, y + height / 2]),
  // Each stroke goes up as far as it goes right, and ends at the edges of the box.
  slanted: ({ x, y, width, height }) =>
    along(x - height, width + height).flatMap((at) => {
      const [left, right] = [Math.max(x, at), Math.min(x + width, at + height)];
      return right - left < 1 ? [] : [[left, y + height - (left - at), right, y + height - (right - at)]];
    }),
};
