import { randomUUID } from "node:crypto";
import { type Bar, describeProgress, type Reporter, silent } from "../base/progress.js";
import { displayBundle } from "./display.js";
import { kernelHook } from "./tslab/kernel-hook.js";

/** How long a bar stays as it is at least: each change is a message to every client. */
const millisecondsBetween = 250;
const width = 24;

/**
 * Progress below a cell: a bar that is replaced in place, so that an executed copy keeps its last state alone. Single facts
 * are not shown: they would stand between a cell's own outputs.
 */
export function cellReporter(display: typeof displayBundle = displayBundle): Reporter {
  return {
    line() {},
    bar(label, total, rate): Bar {
      const id = randomUUID();
      const startedAt = performance.now();
      let [done, shownAt] = [0, Number.NEGATIVE_INFINITY];
      const show = (state: string): void => {
        shownAt = performance.now();
        const full = total === 0 ? width : Math.round((width * Math.min(done, total)) / total);
        display({ "text/plain": `${label} ${"█".repeat(full)}${"░".repeat(width - full)} ${state}` }, {}, id);
      };
      show(`0/${total}`);
      return {
        advance(amount = 1) {
          done += amount;
          if (performance.now() - shownAt >= millisecondsBetween) show(describeProgress(done, total, startedAt, rate));
        },
        finish: () => show(done < total ? `stopped at ${done}/${total}` : `${done}/${total}`),
      };
    },
  };
}

/** How work tells of itself unless it is told otherwise: in a notebook's cell by a bar below it, elsewhere not at all. */
export const defaultReporter = (): Reporter => (kernelHook() ? cellReporter() : silent);
