// What every page has: times in words, copying, keys, saved searches. Without it all pages work.
import "./parts/waiting.js";
import "./parts/times.js";
import "./parts/copy.js";
import "./parts/keys.js";
import "./parts/saved.js";
import "./parts/print.js";
import "./parts/refresh.js";

// On a narrow screen the pages of an experiment are a row that scrolls.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
