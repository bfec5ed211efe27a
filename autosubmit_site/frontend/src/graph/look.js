// How the graph looks: its colours, and what of it stands out, steps back or is not drawn.
import { STATUSES, iconPath } from "../parts/badges.js";
import { colour, hex, inkOn, statusColours } from "../parts/colours.js";

// The colours of now; they are read again when the scheme changes.
export function readTheme() {
  const named = (name) => hex(colour(name));
  const status = Object.fromEntries(Object.entries(statusColours(STATUSES)).map(([key, value]) => [key, hex(value)]));
  return {
    status,
    ink: Object.fromEntries(STATUSES.map((one) => [one, inkOn(colour(one.toLowerCase()))])),
    icon: Object.fromEntries(STATUSES.map((one) => [one, iconPath(one)])),
    ...Object.fromEntries(["text", "surface", "raised", "line", "quiet", "border", "accent"].map((one) => [one, named(one)])),
  };
}

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
