import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { writeJson } from "../../src/base/files.js";
import { checkClaims } from "../../src/claims/check.js";
import {
  deviations,
  type Expectations,
  expectationsOf,
  type Found,
  readExpectations,
} from "../../src/claims/expected.js";
import { readRegistry } from "../../src/claims/list.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { everyTraining, measurementOn } from "../helpers/made-up-claims.js";

const ids = ["run-9-correlation", "results-nine-runs"];
let folder: string;
let expected: Expectations;
const foundOn = async (tables: TrainedTables[]): Promise<Found> => {
  const { claims } = await readRegistry();
  const about = claims.filter(({ id }) => ids.includes(id));
  return { tables, checked: checkClaims(about, claims, measurementOn(tables)) };
};
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "expected-"));
  expected = expectationsOf(await foundOn(everyTraining()), ["per-run-layer-14"]);
});
after(() => rm(folder, { recursive: true }));

/** Every mean correlation changed by a factor. */
const withCorrelation = (factor: number): TrainedTables[] =>
  everyTraining().map((tables) => ({
    ...tables,
    metrics: tables.metrics.map((row) => ({ ...row, meanActivationCosine: row.meanActivationCosine * factor })),
  }));

test("what was found is as expected, also after a way through a file", async () => {
  const file = path.join(folder, "expected.json");
  await writeJson(file, expected);
  assert.deepEqual(await readExpectations(file), expected);
  assert.deepEqual(deviations(await foundOn(everyTraining()), expected, true), []);
});

test("a band is as wide as another backend moves the quantity, whatever seeds differ by, and says why", () => {
  assert.deepEqual(expected.claims["run-9-correlation"], {
    verdict: "differs",
    band: { low: 0.195, high: 0.205, why: "other kernels moved correlations by 0.002" },
  });
  assert.equal(expected.claims["results-nine-runs"].band, null);
  const { low, high } = expected.numbers["layer 14, Run 3, loss"];
  assert.deepEqual([low, high], [0.99, 1.01]);
});

test("a band ends where its quantity does, and what is counted has none to spare", async () => {
  const { claims } = await readRegistry();
  const about = claims.filter(({ id }) => ["figure-2-low-activity", "introduction-model"].includes(id));
  const tables = everyTraining().map((table) => ({
    ...table,
    metrics: table.metrics.map((row) => ({ ...row, utilizationImportance: 1 })),
  }));
  const made = expectationsOf({ tables, checked: checkClaims(about, claims, measurementOn(tables)) }, []);
  const bounds = (id: string) => [made.claims[id].band?.low, made.claims[id].band?.high];
  assert.deepEqual(bounds("figure-2-low-activity"), [0, 0.01]);
  assert.deepEqual(bounds("introduction-model"), [20, 20]);
  assert.equal(made.numbers["layer 14, Run 0, utilizationImportance"].high, 1);
});

test("a number outside its band is named with the band, inside it is not", async () => {
  assert.deepEqual(deviations(await foundOn(withCorrelation(1.01)), expected, true), []);
  const [claim, ...numbers] = deviations(await foundOn(withCorrelation(1.1)), expected, true);
  assert.match(claim, /^run-9-correlation: expected 0\.195 to 0\.205 \(other kernels.*measured 0\.22$/);
  assert.equal(numbers.length, 30, "every run on every layer");
  for (const number of numbers)
    assert.match(number, /^layer \d+, Run \d, meanActivationCosine: expected 0\.195 to 0\.205/);
});

test("another verdict, a lost or a new claim, a lost measurement and another scale are each named", async () => {
  const found = await foundOn(everyTraining());
  const changed = (changes: Partial<Expectations>): string[] => deviations(found, { ...expected, ...changes }, true);
  const { "run-9-correlation": first, "results-nine-runs": second } = expected.claims;
  assert.match(
    changed({ claims: { ...expected.claims, "run-9-correlation": { ...first, verdict: "holds" } } })[0],
    /^run-9-correlation: expected verdict "holds", found "differs" \(interval/,
  );
  assert.deepEqual(changed({ claims: { ...expected.claims, gone: second } }), [
    "gone: expected a claim of this id, found none",
  ]);
  assert.deepEqual(changed({ claims: { "run-9-correlation": first } }), [
    "results-nine-runs: no expectation is recorded, found self-contradictory",
  ]);
  assert.match(
    changed({ scope: "at the paper's scale" })[0],
    /^scope: expected at the paper's scale, found at the scale/,
  );
  const unmeasured = await foundOn(everyTraining().filter(({ record }) => record.run.number !== 9));
  const lost = deviations(unmeasured, expected, true).join("\n");
  assert.match(lost, /^run-9-correlation: expected a measurement, found none$/m);
  assert.match(lost, /^layer 14, Run 9, loss: expected a measurement, found none$/m);
});

test("a file that is missing or is not what was written is refused with the command that writes it", async () => {
  await assert.rejects(readExpectations(path.join(folder, "none.json")), /--write-expected/);
  const file = path.join(folder, "wrong.json");
  await writeJson(file, { ...expected, claims: { a: { verdict: "perhaps", band: null } } });
  await assert.rejects(readExpectations(file), /wrong\.json[\s\S]*holds[\s\S]*--write-expected/);
});
