// Statuses as the page shows them: a badge of colour, picture and word, made by the server.
import { data } from "./texts.js";

const template = (status) => document.querySelector(`[data-badge="${status}"]`).content.firstElementChild;

// All statuses, in the order in which bars and lists show them.
export const STATUSES = data("statuses") ?? [];

export const badge = (status) => template(status).cloneNode(true);

// The picture alone, drawn as a line in a box of 16 by 16.
export const iconPath = (status) => template(status).querySelector("path").getAttribute("d");

// What fills a box of its colour where a picture is too large.
export const textureOf = (status) => document.querySelector(`[data-badge="${status}"]`).dataset.texture;

// Of several jobs the one that wants to be seen first stands for all.
export const URGENT = [
  "FAILED", "SUSPENDED", "UNKNOWN", "RUNNING", "QUEUING", "SUBMITTED", "HELD", "PREPARED", "READY", "DELAYED",
  "WAITING", "SKIPPED", "COMPLETED",
];
