// What every page has: times in words, copying, keys, saved searches. Without it all pages work.
import "./parts/waiting.js";
import "./parts/times.js";
import "./parts/copy.js";
import "./parts/keys.js";
import "./parts/saved.js";
