// A log: searched, wrapped or not, and followed while it grows.
import { ask } from "./parts/asking.js";
import { isLive, onLive } from "./parts/live.js";
import { persistently } from "./parts/persist.js";
import { text } from "./parts/texts.js";

const box = document.querySelector("[data-log]");
const form = document.querySelector("[data-log-search]");
const WRONG = /\b(error|failed|failure|critical|traceback|segmentation fault|killed|abort(ed)?)\b/i;

if (box && form) {
  const field = form.querySelector("[data-search]");
  const hits = form.querySelector("[data-hits]");
  const [previous, next] = ["[data-previous]", "[data-next]"].map((one) => form.querySelector(one));
  const wrap = form.querySelector("[data-wrap]");
  const follow = form.querySelector("[data-follow]");
  let found = [];
  let at = -1;

  const rows = () => [...box.querySelectorAll("tr")];
  const mark = () => rows().forEach((row) => row.classList.toggle("wrong", WRONG.test(row.lastElementChild.textContent)));

  function search() {
    const wanted = field.value.toLowerCase();
    found = wanted ? rows().filter((row) => row.lastElementChild.textContent.toLowerCase().includes(wanted)) : [];
    for (const row of rows()) row.classList.remove("here");
    previous.hidden = next.hidden = !found.length;
    at = found.length ? found.length - 1 : -1;
    show();
    if (wanted && !found.length) hits.textContent = text("none");
  }

  function show() {
    hits.textContent = found.length ? text("hits", { at: at + 1, number: found.length }) : "";
    found.forEach((row, place) => row.classList.toggle("here", place === at));
    if (at >= 0) {
      found[at].scrollIntoView({ block: "center" });
      history.replaceState(null, "", `#${found[at].id}`);
    }
  }

  const step = (by) => {
    if (!found.length) return;
    at = (at + by + found.length) % found.length;
    show();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    step(event.shiftKey ? 1 : -1);
  });
  field.addEventListener("input", search);
  previous.addEventListener("click", () => step(-1));
  next.addEventListener("click", () => step(1));

  const wrapping = () => box.classList.toggle("wrap", wrap.checked);
  wrap.addEventListener("change", wrapping);
  wrapping();

  // An unchanged page is a 304: looking often costs little, where nobody tells that the log grew.
  let timer;
  const look = persistently(async () => {
    clearTimeout(timer);
    if (!follow.checked || document.visibilityState === "hidden") return;
    try {
      const answer = await ask(location.href, { cache: "no-cache" });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const lines = page.querySelector("[data-log]");
      if (lines && lines.textContent !== box.textContent) {
        const atEnd = box.scrollTop + box.clientHeight > box.scrollHeight - 20;
        takeOver(lines);
        mark();
        if (atEnd) box.scrollTop = box.scrollHeight;
      }
      hits.textContent = found.length ? hits.textContent : "";
    } catch (error) {
      hits.textContent = text("lost");
      throw error;
    }
    timer = setTimeout(look, isLive() ? 30_000 : 2_000);
  });

  // New lines go to the end of those that are there, so that what is selected stays so.
  function takeOver(lines) {
    const [body, fresh] = [box, lines].map((one) => one.querySelector("tbody"));
    const [old, wanted] = [body, fresh].map((one) => [...(one?.rows ?? [])]);
    const words = (row) => row.lastElementChild.textContent;
    const same = (from) => old.slice(from).every((row, at) => wanted[at] && words(row) === words(wanted[at]));
    const from = old.findIndex((_, at) => same(at));
    if (from < 0) return box.replaceChildren(...lines.children);
    old.slice(from).forEach((row, at) => {
      row.id = wanted[at].id;
      row.firstElementChild.dataset.n = wanted[at].firstElementChild.dataset.n;
    });
    for (const row of old.slice(0, from)) row.remove();
    body.append(...wanted.slice(old.length - from));
  }

  follow.addEventListener("change", look);
  document.addEventListener("visibilitychange", look);
  const isThis = ({ kind, name }) => name === box.getAttribute("aria-label") || (kind === "run" && form.dataset.logSearch === "run");
  onLive("logs", ({ logs }) => logs.some(isThis) && look());
  onLive("open", ({ resumed }) => resumed || look());

  mark();
  if (!location.hash) box.scrollTop = box.scrollHeight;
}
