// The bars of the timeline: a bar for each attempt of a job, put into lanes and, inside a lane, into as
// few lines as they need. Jobs of one wrapper stay together, for a bracket around them.

// More lines than these in one lane are too many to tell apart; what remains goes over others.
const MOST_LINES = 200;

// `past` are earlier attempts, as the API tells them; `by` is what a lane is of.
export function makeBars(jobs, rows, past, by, now) {
  const lanes = new Map();
  const inListOrder = (a, b) => a.bars[0].row - b.bars[0].row;
  for (const unit of units(jobs, rows, past, now).sort(inListOrder)) {
    const name = laneOf(jobs, unit.bars[0].row, by);
    if (!lanes.has(name)) lanes.set(name, []);
    lanes.get(name).push(unit);
  }
  const made = { lanes: [], bars: [], brackets: [], lines: 0 };
  for (const [name, ofLane] of lanes) {
    const lines = Math.max(1, stack(ofLane));
    for (const unit of ofLane) place(unit, made);
    made.lanes.push({ name: name || "–", top: made.lines, lines });
    made.lines += lines;
  }
  made.bars.sort((a, b) => a.line - b.line || a.submit - b.submit);
  made.span = made.bars.reduce(([a, b], bar) => [Math.min(a, bar.submit), Math.max(b, bar.finish)], [Infinity, -Infinity]);
  return made;
}

const laneOf = (jobs, row, by) =>
  by === "section"
    ? jobs.value("section", row) ?? ""
    : [jobs.value("date", row), jobs.value("member", row)].filter(Boolean).join(" ");

// What is put into a line as one: a bar, or all bars of a wrapper in a lane.
function units(jobs, rows, past, now) {
  const made = [];
  const wrappers = new Map();
  const wanted = new Set(rows);
  const attempts = new Map();
  for (const one of past) {
    if (!wanted.has(one.row)) continue;
    attempts.set(one.row, (attempts.get(one.row) ?? 0) + 1);
    made.push(unitOf({ ...one, finish: one.finish || one.start || one.submit, past: true, attempt: attempts.get(one.row) }));
  }
  for (const row of rows) {
    const submit = jobs.value("submit", row);
    if (!submit) continue;
    const bar = {
      row, submit, start: jobs.value("start", row) ?? 0, finish: Math.max(jobs.value("finish", row) || now, submit),
      status: jobs.value("status", row), past: false, attempt: (attempts.get(row) ?? 0) + 1,
    };
    const wrapper = jobs.value("wrapper", row);
    if (!wrapper) {
      made.push(unitOf(bar));
      continue;
    }
    const key = `${wrapper} ${jobs.value("date", row)} ${jobs.value("member", row)} ${jobs.value("section", row)}`;
    if (!wrappers.has(key)) {
      wrappers.set(key, { ...unitOf(bar), wrapper, bars: [] });
      made.push(wrappers.get(key));
    }
    const unit = wrappers.get(key);
    unit.bars.push(bar);
    unit.submit = Math.min(unit.submit, bar.submit);
    unit.finish = Math.max(unit.finish, bar.finish);
  }
  return made;
}

const unitOf = (bar) => ({ bars: [bar], submit: bar.submit, finish: bar.finish });

// Gives each unit of a lane its line; returns how many lines there are.
function stack(ofLane) {
  ofLane.sort((a, b) => a.submit - b.submit);
  const ends = [];
  for (const unit of ofLane) {
    // Jobs of a wrapper have waited in its queue together: from the second on only running counts.
    const inner = [];
    for (const bar of unit.bars.sort((a, b) => (a.start || a.finish) - (b.start || b.finish))) {
      const began = bar === unit.bars[0] ? bar.submit : bar.start || bar.submit;
      if (unit.wrapper) bar.shown = began;
      bar.inner = freeLine(inner, began, 1);
      inner[bar.inner] = bar.finish;
    }
    unit.lines = inner.length;
    unit.line = freeLine(ends, unit.submit, unit.lines);
    for (let at = unit.line; at < unit.line + unit.lines; at++) ends[at] = unit.finish;
  }
  return ends.length;
}

// The first of so many neighbouring lines that are free from a time on.
function freeLine(ends, from, lines) {
  for (let line = 0; line < ends.length; line++) {
    let free = 0;
    while (free < lines && (line + free >= ends.length || ends[line + free] <= from)) free++;
    if (free === lines) return line;
  }
  return ends.length < MOST_LINES ? ends.length : 0;
}

function place(unit, made) {
  for (const bar of unit.bars) made.bars.push({ ...bar, line: made.lines + unit.line + bar.inner, wrapper: unit.wrapper });
  if (!unit.wrapper) return;
  made.brackets.push({ name: unit.wrapper, jobs: unit.bars.length, submit: unit.submit, finish: unit.finish, line: made.lines + unit.line, lines: unit.lines });
}
