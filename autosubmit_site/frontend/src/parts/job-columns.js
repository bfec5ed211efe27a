// The jobs of an experiment as the API gives them: a column a field, words as places in a table.
import { ask } from "./asking.js";

const FIELDS = [
  "name", "status", "section", "date", "member", "chunk", "split", "platform",
  "queue_seconds", "run_seconds", "start", "finish", "submit",
];

export class JobColumns {
  constructor(answer, fields) {
    this.fields = fields;
    this.version = answer.list_version;
    // From where on changes can be asked for.
    this.cursor = answer.cursor;
    this.size = answer.n;
    this.tables = answer.tables;
    this.columns = answer.columns;
  }

  // The value of a field of a job: a word, a number, or null for none.
  value(field, row) {
    const column = this.columns[field];
    if (!column) return null;
    const value = Array.isArray(column) ? column[row] : column.const;
    return this.tables[field] ? this.tables[field][value] : value || null;
  }

  // Takes over what is told of a job anew; `index` is its row.
  take({ index, ...told }) {
    for (const [field, value] of Object.entries(told)) {
      const column = this.columns[field];
      if (!column) continue;
      if (!Array.isArray(column)) this.columns[field] = Array(this.size).fill(column.const);
      this.columns[field][index] = this.tables[field] ? this.place(field, value) : value;
    }
  }

  // The place of a word in its table.
  place(field, word) {
    const at = this.tables[field].indexOf(word);
    return at < 0 ? this.tables[field].push(word) - 1 : at;
  }

  // What a job has of a field, as a number that sorts: words by their order in the alphabet.
  ranks(field) {
    const column = this.columns[field];
    const ranks = new Float64Array(this.size);
    if (!column) return ranks;
    const words = this.tables[field];
    let place = null;
    if (words) {
      const order = words.map((_, at) => at).sort((a, b) => compare(words[a] ?? "", words[b] ?? ""));
      place = new Float64Array(words.length);
      order.forEach((at, rank) => (place[at] = words[at] === null ? 0 : rank + 1));
    }
    for (let row = 0; row < this.size; row++) {
      const value = Array.isArray(column) ? column[row] : column.const;
      ranks[row] = place ? place[value] : value;
    }
    return ranks;
  }

  // The rows in the order of a field; those that have none come last, whichever way round.
  sorted(rows, field, descending) {
    const way = descending ? -1 : 1;
    if (field === "name") {
      const names = this.columns.name;
      return rows.slice().sort((a, b) => way * compare(names[a], names[b]));
    }
    const ranks = this.ranks(field);
    return rows.slice().sort((a, b) => {
      if (!ranks[a] !== !ranks[b]) return ranks[a] ? -1 : 1;
      return way * (ranks[a] - ranks[b]) || a - b;
    });
  }
}

const compare = new Intl.Collator("en", { numeric: true }).compare;

const answered = async (url, signal) => {
  const answer = await ask(url, { signal });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error_message), { refused: answer.status < 500 });
  return body;
};

const address = (root, expid, query) =>
  `${root}/v4/experiments/${encodeURIComponent(expid)}/jobs?view=columns&${new URLSearchParams(query)}`;

export async function fetchJobs(root, expid, fields = FIELDS, signal) {
  return new JobColumns(await answered(address(root, expid, { fields: fields.join(",") }), signal), fields);
}

// The rows that a query means, in the order of the list.
export async function findRows(root, expid, q, signal) {
  const answer = await answered(address(root, expid, { fields: "chunk", q }), signal);
  return answer.columns.index ?? Array.from({ length: answer.n }, (_, row) => row);
}
