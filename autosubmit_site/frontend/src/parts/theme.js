// The colours and pictures that drawings use.
import { STATUSES, iconPath, textureOf } from "./badges.js";
import { colour, hex, inkOn, statusColours } from "./colours.js";

// The colours of now; they are read again when the scheme changes.
export function readTheme() {
  const named = (name) => hex(colour(name));
  const status = Object.fromEntries(Object.entries(statusColours(STATUSES)).map(([key, value]) => [key, hex(value)]));
  return {
    status,
    ink: Object.fromEntries(STATUSES.map((one) => [one, inkOn(colour(one.toLowerCase()))])),
    texture: Object.fromEntries(STATUSES.map((one) => [one, textureOf(one)])),
    icon: Object.fromEntries(STATUSES.map((one) => [one, iconPath(one)])),
    ...Object.fromEntries(["text", "surface", "raised", "line", "quiet", "border", "accent"].map((one) => [one, named(one)])),
  };
}
