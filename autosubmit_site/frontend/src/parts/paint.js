// Shapes on a canvas, and as an SVG file.
const FONT = "system-ui, sans-serif";
const paths = new Map();

// Makes a canvas as fine as the screen, and gives what to draw with; `scale` is for pictures.
export function cleared(canvas, width, height, scale = devicePixelRatio || 1) {
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

export function paint(context, shapes) {
  context.textBaseline = "middle";
  for (const shape of shapes) {
    context.globalAlpha = shape.opacity ?? 1;
    context.fillStyle = shape.fill ?? "transparent";
    context.strokeStyle = shape.stroke ?? "transparent";
    context.lineWidth = shape.line ?? 1;
    PAINT[shape.kind](context, shape);
  }
  context.globalAlpha = 1;
}

const PAINT = {
  rect(context, { x, y, width, height, fill, stroke }) {
    if (fill) context.fillRect(x, y, width, height);
    if (stroke) context.strokeRect(x, y, width, height);
  },
  circle(context, { x, y, radius, fill, stroke }) {
    context.beginPath();
    context.arc(x, y, radius, 0, Math.PI * 2);
    if (fill) context.fill();
    if (stroke) context.stroke();
  },
  line(context, { x1, y1, x2, y2 }) {
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  },
  text(context, { words, x, y, size, middle, halo }) {
    context.font = `${size}px ${FONT}`;
    context.textAlign = middle ? "center" : "start";
    if (halo) {
      context.strokeStyle = halo;
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.strokeText(words, x, y);
    }
    context.fillText(words, x, y);
  },
  icon(context, { path, x, y, size }) {
    if (!paths.has(path)) paths.set(path, new Path2D(path));
    context.save();
    context.translate(x - size / 2, y - size / 2);
    context.scale(size / 16, size / 16);
    context.lineWidth = 2.2;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.stroke(paths.get(path));
    context.restore();
  },
};

// -- SVG -------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";

export function svgOf(shapes, width, height, title) {
  const picture = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  picture.append(titled(title));
  for (const shape of shapes) picture.append(...WRITE[shape.kind](shape));
  return new XMLSerializer().serializeToString(picture);
}

const drawn = ({ fill, stroke, line, opacity }) => ({ fill: fill ?? "none", stroke, "stroke-width": stroke && line, opacity });

const WRITE = {
  rect: (shape) => [element("rect", { x: shape.x, y: shape.y, width: shape.width, height: shape.height, ...drawn(shape) })],
  circle(shape) {
    const circle = element("circle", { cx: shape.x, cy: shape.y, r: shape.radius, ...drawn(shape) });
    if (shape.title) circle.append(titled(shape.title));
    return [circle];
  },
  line: (shape) => [element("line", { x1: shape.x1, y1: shape.y1, x2: shape.x2, y2: shape.y2, ...drawn(shape) })],
  text({ words, x, y, size, middle, fill, halo }) {
    const told = element("text", {
      x, y, fill, "font-size": size, "font-family": FONT, "dominant-baseline": "middle", "text-anchor": middle && "middle",
      ...(halo ? { stroke: halo, "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" } : {}),
    });
    told.textContent = words;
    return [told];
  },
  icon({ path, x, y, size, stroke }) {
    const scale = Math.round((size / 16) * 1000) / 1000;
    const transform = `translate(${round(x - size / 2)} ${round(y - size / 2)}) scale(${scale})`;
    return [element("path", { d: path, transform, fill: "none", stroke, "stroke-width": 2.2, "stroke-linecap": "round", "stroke-linejoin": "round" })];
  },
};

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, typeof value === "number" ? round(value) : value);
  }
  return made;
}

function titled(words) {
  const title = element("title", {});
  title.textContent = words;
  return title;
}

const round = (value) => Math.round(value * 10) / 10;
