// How long a movement takes, in milliseconds: no time for those who asked for none.
const still = matchMedia("(prefers-reduced-motion: reduce)");

export const moving = (milliseconds) => (still.matches ? 0 : milliseconds);
