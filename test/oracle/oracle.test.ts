/** The oracle against the float64 traces in the folder PARITY_FIXTURES (default test/fixtures/parity), to 1e-9. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Config } from "../helpers/oracle/config.js";
import { mean } from "../helpers/oracle/loops.js";
import { near } from "../helpers/oracle/near.js";
import { start, step } from "../helpers/oracle/oracle.js";
import { fixtures } from "../helpers/paths.js";
import { compared, type Trace, type Weights } from "../helpers/trace.js";

const folder = process.env.PARITY_FIXTURES ?? path.join(fixtures, "parity");
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
assert.ok(files.length > 0, `no traces in ${folder}`);
for (const file of files)
  test(file, (t) => {
    const trace: Trace = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
    compared(trace.cfg, () => t.diagnostic(`largest relative difference ${replay(trace).toExponential(1)}`));
  });

/** The largest relative difference over all steps and quantities. */
function replay({ cfg, init, steps, final }: Trace): number {
  const config = cfg as unknown as Config;
  const s = start(config, init);
  const differences: number[] = [];
  const agree = (actual: number[], expected: number[], what: string): void => {
    differences.push(near(actual, expected, 1e-9, what));
  };
  const sameWeights = (expected: Weights, what: string): void => {
    for (const name of ["We", "Wd", "be", "bd"] as const) agree(s.w[name].flat(), expected[name].flat(), what + name);
  };
  for (const [i, expected] of steps.entries()) {
    const at = `step ${i + 1}: `;
    // The directions that were drawn; what else rebirth does is compared below.
    const found = step(s, config, expected.x, (feature) => [...expected.weights_after!.Wd[feature]]);
    assert.deepEqual(found.pairs, expected.pairs, `${at}pairs`);
    assert.deepEqual(s.alive, expected.alive.map(Number), `${at}alive`);
    assert.deepEqual([s.pruned, s.realloc], [expected.pruned, expected.realloc], `${at}pruned, realloc`);
    for (const name of ["loss", "recon", "l1", "pen", "frac", "lr", "gnorm"] as const)
      agree([found[name]], [expected[name]], at + name);
    for (const name of ["tau", "lambda1"] as const) agree([s[name]], [expected[name]], at + name);
    agree(s.imp!, expected.imp, `${at}imp`);
    if (expected.H) agree(s.H.flat(), expected.H.flat(), `${at}H`);
    if (expected.radius_mean !== null) agree([mean(found.radius)], [expected.radius_mean], `${at}radius_mean`);
    if (expected.weights_after) {
      sameWeights(expected.weights_after, `${at}weights_after.`);
      s.w = structuredClone(expected.weights_after);
    }
  }
  sameWeights(final, "final ");
  return Math.max(...differences);
}
