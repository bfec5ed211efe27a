// The colours of the page as drawings need them: resolved for light or dark, and for the palette.
const probe = document.createElement("span");
// Where the system imposes its colours, those of statuses stay: they say something.
probe.style.forcedColorAdjust = "none";

export function colour(name) {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

export const statusColours = (statuses) =>
  Object.fromEntries(statuses.map((status) => [status, colour(status.toLowerCase())]));

// Colours as [red, green, blue, alpha] of 0 to 1.
export function parts(text) {
  const numbers = text.match(/[\d.]+/g).map(Number);
  const scale = text.startsWith("color(") ? 1 : 255;
  return [numbers[0] / scale, numbers[1] / scale, numbers[2] / scale, numbers[3] ?? 1];
}

export function hex(text) {
  const two = (number) => Math.round(number * 255).toString(16).padStart(2, "0");
  return `#${parts(text).slice(0, 3).map(two).join("")}`;
}

// Black or white, whichever can be seen on a colour.
export function inkOn(text) {
  const [red, green, blue] = parts(text);
  return 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 ? "#000000" : "#ffffff";
}

export function onSchemeChange(act) {
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", act);
  }
}
