/** Trains the small run of training.test.ts in a process of its own, to be killed: arguments are the folder and steps. */
import { ensureTrained } from "../../src/experiment/training/training.js";
import { actingSpec } from "./small-training.js";

const [folder, steps] = process.argv.slice(2);
ensureTrained(folder, actingSpec({ steps: Number(steps) }), {
  report: {
    line: () => {},
    bar: () => ({ advance: () => process.stdout.write("step\n"), finish: () => {} }),
  },
}).then(() => process.stdout.write("done\n"));
