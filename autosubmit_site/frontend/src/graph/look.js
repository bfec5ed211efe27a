// How the graph looks: what of it stands out, steps back or is not drawn.
// Whether a job is drawn, stands out, or steps back behind others that do.
export const isShown = (view, row) => !view.hidden.has(view.jobs.value("status", row));
export const isLit = (view, row) => view.lit !== null && view.lit.has(row);
export const isDimmed = (view, row) => view.lit !== null && !view.lit.has(row) && row !== view.chosen;

export const nodeColour = (view, row) =>
  isDimmed(view, row) ? view.theme.line : view.theme.status[view.jobs.value("status", row)];

// Colour and width of an edge, in radii of a job; null if it is not drawn.
export function edgeLook(view, from, to) {
  if (!isShown(view, from) || !isShown(view, to)) return null;
  if (view.lit === null) return { color: view.theme.border, size: 0.08 };
  return isLit(view, from) && isLit(view, to)
    ? { color: view.theme.accent, size: 0.2 }
    : { color: view.theme.line, size: 0.08 };
}

// What a job is called in the drawing, where its experiment is known.
export const shortName = (view, row) => view.jobs.value("name", row).slice(view.expid.length + 1);

export function fullLabel(view, row) {
  return `${shortName(view, row)} · ${view.jobs.value("status", row)}`;
}

// How large a job is drawn, in pixels, if jobs are so many pixels apart.
export const radiusOf = (pixels) => Math.min(15, Math.max(2, 0.36 * Math.min(pixels.x, pixels.y)));
