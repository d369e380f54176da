import type { Reporter } from "../../src/base/progress.js";

/** A reporter that adds up what its bars are told: units announced and done, and how many bars began and ended. */
export function countingReporter() {
  const counted = { total: 0, done: 0, begun: 0, finished: 0 };
  const lines: string[] = [];
  const report: Reporter = {
    line: (text) => void lines.push(text),
    bar(_, total) {
      counted.begun++;
      counted.total += total;
      return {
        advance(amount = 1) {
          counted.done += amount;
        },
        finish() {
          counted.finished++;
        },
      };
    },
  };
  return { report, counted, lines };
}
