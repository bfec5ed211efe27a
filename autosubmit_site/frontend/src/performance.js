// The charts of the performance page.
import uPlot from "uplot";
import { colour, onSchemeChange } from "./parts/colours.js";
import { instant } from "./parts/formats.js";
import { onRefresh } from "./parts/refresh.js";
import { data, text } from "./parts/texts.js";

const zone = document.body.dataset.zone || undefined;
const minutes = (values) => values.map((value) => (value === null ? null : value / 60));
let drawn = [];
const HEIGHT = 220;

function axes(unit, overTime) {
  const common = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } };
  const times = { values: (_, ticks) => ticks.map((tick) => instant(tick).slice(5)), space: 90 };
  return [overTime ? { ...common, ...times } : common, { ...common, label: unit, size: 64, labelSize: 18 }];
}

// The second of two kinds of dots is hollow, to be told apart without colours.
const dots = (label, name, hollow = false) => ({
  label, stroke: colour(name), fill: hollow ? undefined : colour(name), paths: () => null,
  points: { show: true, size: hollow ? 6 : 5, fill: colour(hollow ? "surface" : name), stroke: colour(name), width: hollow ? 1.5 : 0 },
});

function chart(name, values, series, unit, more = {}) {
  const place = document.querySelector(`[data-chart="${name}"]`);
  place.replaceChildren();
  const made = new uPlot(
    {
      width: place.clientWidth, height: HEIGHT, axes: axes(unit, !more.scales), legend: { live: true },
      series: [{ label: text("ended"), value: (_, seconds) => (seconds ? instant(seconds) : "") }, ...series],
      ...(zone ? { tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), zone) } : {}),
      ...more,
    },
    values,
    place,
  );
  made.root.dataset.kept = "";
  drawn.push([place, made]);
}

// From half a bar before the first to half a bar after the last, which would be cut off otherwise.
function whole(seconds) {
  const half = seconds.length > 1 ? (seconds[1] - seconds[0]) / 120 : 0.5;
  return [seconds[0] / 60 - half, seconds.at(-1) / 60 + half];
}

// What is drawn, as the page has it.
const told = () => ["simulations", "spread"].map((id) => document.getElementById(id).textContent).join();
let last;

function draw() {
  last = told();
  const columns = data("simulations");
  for (const [, old] of drawn) old.destroy();
  drawn = [];
  const { finish } = columns;
  chart("speed", [finish, columns.sypd, columns.asypd], [dots("SYPD", "completed"), dots("ASYPD", "queuing", true)], "SYPD");
  chart("times", [finish, minutes(columns.run), minutes(columns.queue)], [dots(text("run"), "running"), dots(text("queue"), "queuing", true)], text("minutes"));
  const spread = data("spread");
  chart("spread", [minutes(spread.seconds), spread.jobs], [], text("jobs"), {
    scales: { x: { time: false, range: whole(spread.seconds) } }, series: [{ label: text("minutes") }, { label: text("jobs"), stroke: colour("running"), fill: colour("running"), paths: uPlot.paths.bars({ size: [0.9, 60] }), points: { show: false } }],
  });
  chart("cost", [finish, columns.chsy], [dots("CHSY", "suspended")], "CHSY");
}

draw();
onSchemeChange(draw);
onRefresh(() => last === told() || draw());
const fitting = new ResizeObserver(() => {
  for (const [place, made] of drawn) made.setSize({ width: place.clientWidth, height: HEIGHT });
});
for (const [place] of drawn) fitting.observe(place);
document.querySelector(".charts").dataset.ready = "";
