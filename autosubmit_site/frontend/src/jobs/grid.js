// The table that is scrolled: it has only as many rows in the page as are in sight.
import { badge } from "../parts/badges.js";
import { duration, instant } from "../parts/formats.js";
import { data, text } from "../parts/texts.js";

const ROW = 28; // Pixels, as in tables.css.
const NUMBERS = new Set(["chunk", "split", "wait", "run"]);
const labels = data("columns");
const names = Object.keys(labels);

// What columns of the table are called in the answers of the API.
const FIELD = { wait: "queue_seconds", run: "run_seconds" };
export const fieldOf = (name) => FIELD[name] ?? name;

export class Grid {
  // `view` has the jobs, their rows as they are shown, and which are chosen; `sortBy` is called with a
  // column, `link` gives the page of a job by its name.
  constructor(view, { sortBy, link }) {
    this.view = view;
    this.link = link;
    this.pool = [];
    // Where the keys are, as a place in the table; -1 before anything was walked to.
    this.here = -1;
    this.element = element("div", "grid", { role: "grid", "aria-label": text("jobs"), "aria-multiselectable": "true" });
    this.element.tabIndex = 0;
    this.element.dataset.keys = "";
    this.head = element("div", "grid-head", { role: "row", "aria-rowindex": "1" });
    this.head.append(...names.map((name) => headCell(name, sortBy)));
    const heads = element("div", "grid-heads", { role: "rowgroup" });
    heads.append(this.head);
    this.body = element("div", "grid-body", { role: "rowgroup" });
    this.element.append(heads, this.body);
    this.element.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  // Shows other rows, or the same in another order.
  show() {
    const { rows, sort, descending } = this.view;
    this.element.setAttribute("aria-rowcount", rows.length + 1);
    this.body.style.height = `${rows.length * ROW}px`;
    for (const element of this.pool) element.row = element.at = -1;
    this.here = Math.min(this.here, rows.length - 1);
    for (const cell of this.head.children) {
      const name = cell.dataset.column;
      cell.firstElementChild.textContent = labels[name] + (name === sort ? (descending ? " ▾" : " ▴") : "");
      if (name === sort) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
    this.draw();
  }

  // Shows jobs that changed, where they are.
  refresh(rows) {
    for (const element of this.pool) {
      if (!rows.has(element.row)) continue;
      element.row = -1;
      element.classList.remove("changed");
      requestAnimationFrame(() => element.classList.add("changed"));
    }
    this.draw();
  }

  draw() {
    const { scrollTop, clientHeight } = this.element;
    const top = Math.max(0, Math.floor(scrollTop / ROW) - 8);
    const end = Math.min(this.view.rows.length, Math.ceil((scrollTop + clientHeight) / ROW) + 8);
    while (this.pool.length < end - top) this.pool.push(this.newRow());
    // A row of the table always has the same element, so that scrolling fills only what came in sight.
    const used = new Set();
    for (let at = top; at < end; at++) {
      const element = this.pool[at % this.pool.length];
      used.add(element);
      element.hidden = false;
      this.fill(element, at);
    }
    for (const element of this.pool) if (!used.has(element)) element.hidden = true;
  }

  // Walks to a place of the table, and scrolls as far as that needs.
  go(at) {
    const { rows } = this.view;
    this.here = Math.min(Math.max(at, 0), rows.length - 1);
    if (this.here < 0) return;
    const top = this.here * ROW;
    const above = this.head.offsetHeight;
    const grid = this.element;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + ROW + above > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + ROW + above - grid.clientHeight;
    this.draw();
    grid.setAttribute("aria-activedescendant", `row-${this.here}`);
  }

  // How many rows are in sight, to turn pages.
  get page() {
    return Math.max(1, Math.floor(this.element.clientHeight / ROW) - 2);
  }

  // Elements are made once; what changes while rows are scrolled past is the data of their text nodes.
  newRow() {
    const row = element("div", "grid-row", { role: "row" });
    row.texts = names.map((name) => {
      const cell = element("div", NUMBERS.has(name) ? "number" : "", { role: name === "name" ? "rowheader" : "gridcell" });
      row.append(cell);
      if (name === "status") return cell;
      const words = document.createTextNode("");
      if (name === "name") {
        row.link = element("a", "mono", { tabindex: "-1" });
        cell.append(row.link);
      }
      (row.link && name === "name" ? row.link : cell).append(words);
      return words;
    });
    this.body.append(row);
    return row;
  }

  fill(element, at) {
    const { rows, chosen, jobs } = this.view;
    const row = rows[at];
    const selected = chosen.has(row);
    if (element.at !== at) {
      element.at = at;
      element.style.transform = `translateY(${at * ROW}px)`;
      element.id = `row-${at}`;
      element.setAttribute("aria-rowindex", at + 2);
    }
    if (element.selected !== selected) {
      element.selected = selected;
      element.setAttribute("aria-selected", selected);
    }
    element.classList.toggle("here", at === this.here);
    if (element.row === row) return;
    if (element.row >= 0) element.classList.remove("changed");
    element.row = row;
    names.forEach((name, column) => {
      const value = jobs.value(fieldOf(name), row);
      if (name !== "status") element.texts[column].data = said(name, value);
      else if (element.status !== value) {
        element.texts[column].replaceChildren(badge(value));
        element.status = value;
      }
    });
    element.link.href = this.link(jobs.value("name", row));
  }
}

function said(name, value) {
  if (!value) return "";
  if (name === "wait" || name === "run") return duration(value);
  return name === "start" || name === "finish" ? instant(value) : value;
}

function headCell(name, sortBy) {
  const cell = element("div", NUMBERS.has(name) ? "number" : "", { role: "columnheader" });
  cell.dataset.column = name;
  const button = document.createElement("button");
  button.type = "button";
  button.addEventListener("click", () => sortBy(name));
  cell.append(button);
  return cell;
}

function element(kind, classes, attributes) {
  const made = document.createElement(kind);
  if (classes) made.className = classes;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
