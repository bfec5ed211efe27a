// Says of each time how long ago it was, in the language of the page, and keeps that true.
const language = document.documentElement.lang;
const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function ago(date, now = Date.now()) {
  const seconds = (date - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(0, "minute");
}

export function tellTimes(place = document) {
  for (const time of place.querySelectorAll("time[datetime]")) {
    const date = Date.parse(time.dateTime);
    if (!Number.isNaN(date) && !time.hasAttribute("data-day")) time.title = `${time.dateTime} · ${ago(date)}`;
    if (time.hasAttribute("data-ago")) time.textContent = ago(date);
  }
}

tellTimes();
setInterval(() => tellTimes(), 60_000);
