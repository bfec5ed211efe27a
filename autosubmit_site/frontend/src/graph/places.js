// Where the jobs of a drawing stand, and the bands of rows and columns by which they are put together
// when they are looked at from afar.
const STEPS = [1, 2, 5];
// How many pixels the name of a lane takes.
const NAMES = 110;

export class Places {
  // `answer` is that of /layout. The drawing is stretched to the shape of its place, within reason: a
  // long one is no thread then.
  constructor(answer, width, height) {
    const [[left, right], [top, bottom]] = [range(answer.x), range(answer.y)];
    const wanted = (width / Math.max(1, height)) * ((bottom - top) / Math.max(1, right - left));
    this.stretch = Math.min(8, Math.max(1 / 8, wanted || 1));
    this.x = Float64Array.from(answer.x, (value) => value * this.stretch);
    // Upwards, as WebGL has it.
    this.y = Float64Array.from(answer.y, (value) => -value);
    this.gap = gaps(this.x, this.y, 180 * this.stretch);
    this.box = { x: margins(range(this.x), this.gap.x / 2), y: margins(range(this.y), this.gap.y / 2) };
    // The names of lanes stand to the left.
    if (answer.lanes) this.box.x[0] -= (this.box.x[1] - this.box.x[0]) * (NAMES / Math.max(2 * NAMES, width));
    this.columns = answer.columns?.map((one) => ({ ...one, from: one.left * this.stretch, to: one.right * this.stretch }));
    this.lanes = answer.lanes?.map((one) => ({ ...one, from: -one.bottom, to: -one.top })).reverse();
    this.axes = {
      x: this.columns ? new Axis(between(this.columns), byChunk(this.columns)) : evenly(this.box.x, this.gap.x, (cell) => cell),
      y: this.lanes ? new Axis(between(this.lanes), byDate(this.lanes)) : evenly(this.box.y, this.gap.y, (cell, last) => last - cell),
    };
    this.cells = {
      x: Int32Array.from(this.x, (value) => this.axes.x.cellOf(value)),
      y: Int32Array.from(this.y, (value) => this.axes.y.cellOf(value)),
    };
  }

  // The rows inside a box; null if there are more than `most`.
  inside({ left, right, bottom, top }, most = Infinity) {
    const { x, y } = this;
    const rows = [];
    for (let row = 0; row < x.length; row++) {
      if (x[row] < left || x[row] > right || y[row] < bottom || y[row] > top) continue;
      if (rows.push(row) > most) return null;
    }
    return rows;
  }
}

// Bands of a drawing in one direction. A cell is the narrowest there is; a step puts several together.
class Axis {
  // `cuts` are the places between cells, ascending, with both ends; `group` gives the number of a
  // cell's band for a step.
  constructor(cuts, group) {
    this.cuts = cuts;
    this.group = group;
    this.made = new Map();
  }

  cellOf(value) {
    let [low, high] = [0, this.cuts.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (value < this.cuts[middle]) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  // The first and the last cell of each band.
  spans({ of, ends }) {
    const spans = ends.slice(1).map(() => ({ first: Infinity, last: 0 }));
    of.forEach((band, cell) => {
      spans[band].first = Math.min(spans[band].first, cell);
      spans[band].last = cell;
    });
    return spans;
  }

  // The bands of the first step that are long enough on the screen: which band each cell is in, and
  // the ends of each band.
  bands(pixelsPerUnit, least) {
    const length = (this.cuts.at(-1) - this.cuts[0]) * pixelsPerUnit;
    for (let ten = 1; ; ten *= 10) {
      for (const step of STEPS) {
        const bands = this.ofStep(step * ten);
        if (bands.ends.length <= 2 || length / (bands.ends.length - 1) >= least) return bands;
      }
    }
  }

  ofStep(step) {
    if (!this.made.has(step)) {
      const of = new Int32Array(this.cuts.length - 1);
      const ends = [this.cuts[0]];
      for (let cell = 1; cell < of.length; cell++) {
        const same = this.group(cell, step) === this.group(cell - 1, step);
        if (!same) ends.push(this.cuts[cell]);
        of[cell] = of[cell - 1] + (same ? 0 : 1);
      }
      ends.push(this.cuts.at(-1));
      this.made.set(step, { of, ends, step });
    }
    return this.made.get(step);
  }
}

function range(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length ? [low, high] : [0, 0];
}

const margins = ([low, high], by) => [low - by, high + by];

// How far apart jobs are that stand beside each other, and rows, as a rule.
function gaps(x, y, fallback) {
  const rows = new Map();
  for (let row = 0; row < x.length; row++) {
    if (!rows.has(y[row])) rows.set(y[row], []);
    rows.get(y[row]).push(x[row]);
  }
  const steps = (values) => {
    const sorted = Float64Array.from(values).sort();
    return Array.from(sorted.subarray(1), (value, at) => value - sorted[at]).filter((step) => step > 0);
  };
  return { x: middle([...rows.values()].flatMap(steps)) || fallback, y: middle(steps(rows.keys())) || 90 };
}

const middle = (values) => Float64Array.from(values).sort()[values.length >> 1];

// Cells of one length; `count` says from which end they are counted.
function evenly([low, high], gap, count) {
  const cells = Math.max(1, Math.ceil((high - low) / gap));
  const cuts = Float64Array.from({ length: cells + 1 }, (_, at) => low + at * gap);
  return new Axis(cuts, (cell, step) => Math.floor(count(cell, cells - 1) / step));
}

// The cuts halfway between neighbours that have ends, and as far outside the first and the last.
function between(parts) {
  const room = parts.length > 1 ? (parts[1].from - parts[0].to) / 2 : 90;
  const inner = parts.slice(1).map((part, at) => (part.from + parts[at].to) / 2);
  return Float64Array.from([parts[0].from - room, ...inner, parts.at(-1).to + room]);
}

// Columns come together by chunks: 1 to 5, 6 to 10; what comes before or after the chunks stays alone.
const byChunk = (columns) => (cell, step) => {
  const { chunk } = columns[cell];
  return chunk ? Math.floor((chunk - 1) / step) : -1 - cell;
};

// Lanes, of a member each, come together inside their start date, and then whole dates do.
function byDate(lanes) {
  const members = new Map();
  const places = lanes.map(({ date }) => {
    if (!members.has(date)) members.set(date, { at: members.size, number: 0 });
    return [members.get(date).at, members.get(date).number++];
  });
  const most = Math.max(...[...members.values()].map(({ number }) => number));
  return (cell, step) => {
    const [date, member] = places[cell];
    return step < most ? `${date} ${Math.floor(member / step)}` : Math.floor(date / Math.floor(step / most));
  };
}
