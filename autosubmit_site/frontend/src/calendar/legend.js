// What the colours of the calendar mean: badges of statuses, or a scale with its ends in units.
import { duration, energy, number } from "../parts/formats.js";
import { text } from "../parts/texts.js";
import { shade } from "./chart.js";

const STEPS = 5;
const place = document.querySelector("[data-legend]");
const statuses = place?.firstElementChild;

// A value of a measure with its unit.
export const said = (measure, value) => (measure === "energy" ? energy(value) : duration(value));

export function showLegend(by, range, theme) {
  if (by === "status") place.replaceChildren(statuses);
  else if (range.known) place.replaceChildren(...scale(by, range, theme), ...missing(by, range));
  else place.replaceChildren(quiet(text(by === "energy" ? "no_energy" : "not_yet")));
}

function scale(by, { least, most }, theme) {
  const bar = document.createElement("canvas");
  bar.className = "scale";
  [bar.width, bar.height] = [STEPS, 1];
  const context = bar.getContext("2d");
  for (let step = 0; step < STEPS; step++) {
    context.fillStyle = shade(theme, step / (STEPS - 1));
    context.fillRect(step, 0, 1, 1);
  }
  bar.setAttribute("aria-hidden", "true");
  return [quiet(`${text("least")} ${said(by, least)}`), bar, quiet(`${text("most")} ${said(by, most)}`)];
}

function missing(by, range) {
  if (!range.missing) return [];
  const values = { number: number(range.missing), all: number(range.missing + range.known) };
  return [quiet(text(by === "energy" ? "some_energy" : "some_times", values))];
}

function quiet(words) {
  const made = document.createElement("span");
  made.className = "quiet";
  made.textContent = words;
  return made;
}
