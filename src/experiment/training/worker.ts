/** A process that trains what `training-pool.ts` tells it, one training after another, until it is told to go. */
import { SncError } from "../../base/errors.js";
import type { Reporter } from "../../base/progress.js";
import { systemFault } from "../../base/system-errors.js";
import { type Experiment, openExperiment } from "../experiment.js";
import type { FromWorker, ToWorker } from "./pool.js";

const stop = new AbortController();
let experiment: Experiment;

const say = (message: FromWorker): void => void (process.connected && process.send?.(message));

/** Counts steps: those a resumed training has behind it at once. */
const report = (steps: number): Reporter => ({
  line: (text) => say({ type: "line", text }),
  bar(_label, left) {
    say({ type: "steps", count: steps - left });
    return { advance: (count = 1) => say({ type: "steps", count }), finish() {} };
  },
});

async function answer(message: ToWorker): Promise<void> {
  if (message.type === "open") {
    experiment = await openExperiment(message.experiment, { offline: true, signal: stop.signal, keepLatest: true });
    return say({ type: "ready" });
  }
  const { run, layer, seed, ...how } = message.job;
  await experiment.train(run, layer, seed, { ...how, report: report(experiment.profile.steps) });
  say({ type: "done" });
}

let working = 0;

process.on("message", async (message: ToWorker) => {
  working++;
  try {
    await answer(message);
  } catch (error) {
    const known = systemFault(error);
    const [failure, text] = known
      ? [known.failure, known.message]
      : ["internal" as const, String((error as Error)?.stack)];
    say({ type: "failed", failure, message: text });
  }
  working--;
  if (stop.signal.aborted) process.exit();
});

/** Ends at the next safe point: after a step, with its checkpoint as it was last written. */
function end(): void {
  stop.abort(new SncError("terminated", "stopped on request"));
  if (working === 0) process.exit();
}
process.on("SIGTERM", end);
process.on("disconnect", end); // whoever started it is gone
process.on("SIGINT", () => {}); // Ctrl-C reaches the whole group; the one who started it decides
