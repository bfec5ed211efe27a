// Does something again until it succeeds, or cannot any more; meanwhile the page says that something is
// missing.
import { backOff, isFinal, sayMissing } from "./live.js";

export const rest = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Makes a function that does something until it succeeds, one at a time: called meanwhile, it does
// it once more afterwards.
export function persistently(act) {
  let wanted = false;
  let working = null;

  async function work() {
    for (let failures = 0; wanted; ) {
      wanted = false;
      try {
        await act();
        failures = 0;
        sayMissing(act, false);
      } catch (error) {
        console.debug(error);
        if (isFinal()) break;
        wanted = true;
        sayMissing(act, true);
        await rest(backOff(failures++));
      }
    }
    working = null;
  }

  return () => {
    wanted = true;
    return (working ??= work());
  };
}
