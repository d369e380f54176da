import { notedAtMost } from "../../src/sae/lazy-coactivation.js";
import { nameOf, ourStep, type StepRow } from "../benchmark/steps.js";
import { countCalls, printProfile } from "./call-profile.js";

const sizes: Pick<StepRow, "d_in" | "d_sae" | "active">[] = [
  { d_in: 576, d_sae: 576, active: 0.5 },
  { d_in: 576, d_sae: 576, active: 0.1 },
  { d_in: 2304, d_sae: 2304, active: 0.1 },
];

/** `--only step-profile`: where a step's time goes, by operation. */
export async function profileSteps(): Promise<void> {
  const spent = countCalls();
  for (const size of sizes)
    for (const run of [0, 1, 9]) {
      const row: StepRow = { ...size, run, precision: "float32", steps: 1, peers: [] };
      const { step, end } = ourStep(row);
      for (let i = 0; i < 5; i++) step();
      await printProfile(nameOf(row), spent, notedAtMost, () => void step());
      end();
    }
}
