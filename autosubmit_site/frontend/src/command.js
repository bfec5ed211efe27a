// What a command prints, told while it goes on; when it ends, how it did.
import { ask } from "./parts/asking.js";
import { morph } from "./parts/morph.js";
import { text } from "./parts/texts.js";
import { tellTimes } from "./parts/times.js";

const page = document.querySelector("[data-command]");
const output = document.querySelector("[data-output]");
const said = document.querySelector("[data-said]");

const atEnd = () => output.scrollTop + output.clientHeight > output.scrollHeight - 20;

function say(words) {
  if (said.textContent !== words) said.textContent = words;
}

// Who reads further up stays there.
function show({ output: more }) {
  const follows = atEnd();
  output.append(more);
  if (follows) output.scrollTop = output.scrollHeight;
  say("");
}

async function showFacts() {
  const answer = await ask(location.href, { cache: "no-store" });
  if (!answer.ok) return say(text("gone"));
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const facts = document.querySelector("[data-command-facts]");
  morph(facts, fresh.querySelector("[data-command-facts]"));
  tellTimes(facts);
  say(text(output.textContent ? "ended" : "none"));
  page.dataset.ended = "";
}

function follow() {
  const query = new URLSearchParams({ after: page.dataset.next, heartbeat: "event" });
  const source = new EventSource(`${page.dataset.command}?${query}`);
  source.addEventListener("output", (event) => show(JSON.parse(event.data)));
  source.addEventListener("end", () => {
    source.close();
    showFacts();
  });
  // The browser comes back by itself, with the id of what it heard last, unless it is refused.
  source.addEventListener("error", () => say(text(source.readyState === EventSource.CLOSED ? "gone" : "lost")));
  source.addEventListener("open", () => say(output.textContent ? "" : text("nothing")));
  addEventListener("pagehide", () => source.close());
}

if (page && page.dataset.ended === undefined) follow();
output.scrollTop = output.scrollHeight;
