// How scripts write numbers, durations and instants: as the server does.
const digits = new Intl.NumberFormat("en");

export const number = (value) => digits.format(value).replaceAll(",", "\u202f");

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

export function duration(seconds) {
  const whole = Math.floor(seconds);
  const place = Math.max(0, UNITS.findIndex(([length]) => whole >= length));
  if (whole < 1) return "0 s";
  const [length, unit] = UNITS[place];
  const first = `${Math.floor(whole / length)} ${unit}`;
  if (place === UNITS.length - 1) return first;
  const [smaller, name] = UNITS[place + 1];
  return `${first} ${String(Math.floor((whole % length) / smaller)).padStart(2, "0")} ${name}`;
}

const ENERGIES = [[1e9, "GJ"], [1e6, "MJ"], [1e3, "kJ"], [1, "J"]];

export function energy(joules) {
  const [size, unit] = ENERGIES.find(([least]) => joules >= least) ?? ENERGIES.at(-1);
  return `${new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 3 }).format(joules / size)} ${unit}`;
}

// In the zone of the server, as its pages and Autosubmit's logs have it.
const inZone = (timeZone) =>
  new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone });
let form;
try {
  form = inZone(document.body.dataset.zone || undefined);
} catch {
  form = inZone(undefined);
}

// Formatting is slow, and jobs of a table share their minutes.
const known = new Map();

export function instant(seconds) {
  const minute = Math.floor(seconds / 60);
  let told = known.get(minute);
  if (told === undefined) {
    if (known.size > 20_000) known.clear();
    told = form.format(minute * 60_000);
    known.set(minute, told);
  }
  return told;
}
