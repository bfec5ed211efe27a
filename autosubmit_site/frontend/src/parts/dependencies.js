// Which job waits for which: the jobs that wait for row r are targets[offsets[r] .. offsets[r + 1]].
export class Dependencies {
  constructor({ offsets, targets }) {
    this.offsets = Uint32Array.from(offsets);
    this.targets = Uint32Array.from(targets);
    this.size = offsets.length - 1;
  }

  children(row) {
    return this.targets.subarray(this.offsets[row], this.offsets[row + 1]);
  }

  parents(row) {
    this.reverse ??= this.reversed();
    const { offsets, sources } = this.reverse;
    return sources.subarray(offsets[row], offsets[row + 1]);
  }

  reversed() {
    const offsets = new Uint32Array(this.size + 1);
    for (const target of this.targets) offsets[target + 1]++;
    for (let row = 0; row < this.size; row++) offsets[row + 1] += offsets[row];
    const place = offsets.slice();
    const sources = new Uint32Array(this.targets.length);
    for (let row = 0; row < this.size; row++) for (const child of this.children(row)) sources[place[child]++] = row;
    return { offsets, sources };
  }

  // All that a job waits for, or all that waits for it, over any number of steps.
  reach(row, next) {
    const seen = new Set([row]);
    const open = [row];
    while (open.length) {
      for (const other of next.call(this, open.pop())) {
        if (!seen.has(other)) {
          seen.add(other);
          open.push(other);
        }
      }
    }
    return seen;
  }

  // The chain of jobs that takes longest, one waiting for the other; `cost` gives seconds of a row.
  longestChain(cost) {
    const waiting = new Uint32Array(this.size);
    for (const target of this.targets) waiting[target]++;
    const open = [];
    for (let row = 0; row < this.size; row++) if (!waiting[row]) open.push(row);
    const total = new Float64Array(this.size);
    const before = new Int32Array(this.size).fill(-1);
    let last = -1;
    while (open.length) {
      const row = open.pop();
      total[row] += cost(row);
      if (last < 0 || total[row] > total[last]) last = row;
      for (const child of this.children(row)) {
        if (total[row] > total[child]) {
          total[child] = total[row];
          before[child] = row;
        }
        if (!--waiting[child]) open.push(child);
      }
    }
    const chain = [];
    for (let row = last; row >= 0; row = before[row]) chain.push(row);
    return { rows: chain.reverse(), seconds: last < 0 ? 0 : total[last] };
  }
}
