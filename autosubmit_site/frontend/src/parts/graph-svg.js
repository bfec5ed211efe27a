// What is in sight of a graph, as an SVG file.
const SVG = "http://www.w3.org/2000/svg";

export function downloadSvg(sigma, graph, fileName, theme) {
  const { width, height } = sigma.getDimensions();
  const picture = element("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` });
  picture.append(element("rect", { width, height, fill: theme.surface }));
  const shown = new Map();
  graph.forEachNode((node) => {
    const display = sigma.getNodeDisplayData(node);
    if (display.hidden) return;
    const { x, y } = sigma.framedGraphToViewport(display);
    const near = x > -50 && y > -50 && x < width + 50 && y < height + 50;
    shown.set(node, { x, y, near, radius: sigma.scaleSize(display.size), color: display.color, label: display.label });
  });
  const lines = element("g", { stroke: theme.border, "stroke-width": 0.6 });
  graph.forEachEdge((edge, _, from, to) => {
    const [a, b] = [shown.get(from), shown.get(to)];
    if (!a || !b || !(a.near || b.near)) return;
    const display = sigma.getEdgeDisplayData(edge);
    if (display.hidden) return;
    lines.append(element("line", { x1: round(a.x), y1: round(a.y), x2: round(b.x), y2: round(b.y), stroke: display.color }));
  });
  picture.append(lines);
  for (const { x, y, near, radius, color, label } of shown.values()) {
    if (!near) continue;
    const circle = element("circle", { cx: round(x), cy: round(y), r: round(radius), fill: color });
    if (label) {
      const title = element("title", {});
      title.textContent = label;
      circle.append(title);
    }
    picture.append(circle);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" }));
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const round = (value) => Math.round(value * 10) / 10;

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "xmlns") made.setAttribute(key, value);
  return made;
}
