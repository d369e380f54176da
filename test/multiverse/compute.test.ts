import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { silent } from "../../src/base/progress.js";
import { stream } from "../../src/base/random.js";
import { readRegistry } from "../../src/claims/list.js";
import { readShares } from "../../src/claims/universes.js";
import {
  computeMultiverse,
  type MultiverseOptions,
  planMultiverse,
  togetherIn,
  trainUniverses,
} from "../../src/multiverse/compute.js";
import { readMultiverse, writeMultiverse } from "../../src/multiverse/document.js";
import { multiverseTables } from "../../src/multiverse/tables.js";
import { told } from "../../src/multiverse/told.js";
import { withBackend } from "../helpers/backend.js";
import { npyBytes } from "../helpers/own-files.js";

withBackend();

/* A multiverse on made-up activations: no model and no text is needed. */

const root = mkdtempSync(path.join(tmpdir(), "snc-multiverse-"));
after(() => rmSync(root, { recursive: true }));
let options: MultiverseOptions;

before(() => {
  process.env.SNC_RESULTS = path.join(root, "results");
  const random = stream(9, "activations");
  const file = path.join(root, "layer-6.npy");
  writeFileSync(file, npyBytes(Array.from({ length: 400 }, () => Array.from({ length: 12 }, () => random.normal()))));
  const sizes = { steps: 10, interval: 5, batchSize: 20, warmupSteps: 10 };
  const experiment = {
    ...{ profile: "smoke" as const, ...sizes, seeds: [42, 43] },
    activations: { files: [{ layer: 6, file }] },
  };
  options = { experiment, count: 3, jobs: 1, report: silent };
});

/** What a reporter is told in lines. */
function reported(): { lines: string[]; report: typeof silent } {
  const lines: string[] = [];
  return { lines, report: { ...silent, line: (text) => void lines.push(text) } };
}

const trainings = (): string[] =>
  readdirSync(path.join(root, "results"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith("run.json"),
  );

test("a plan trains nothing and writes no study; an unknown universe is refused", async () => {
  const { multiverse, folder } = await planMultiverse(options);
  assert.deepEqual([multiverse.layer, multiverse.universes.length, multiverse.computed.length], [6, 4, 0]); // each part has one at least
  assert.equal(await readMultiverse(folder), undefined);
  assert.deepEqual(await readShares(folder), {});
  assert.deepEqual(trainings(), []);
  await assert.rejects(trainUniverses({ ...options, universes: ["0"] }), {
    failure: "usage",
    message: /--universe: expected an id of snc multiverse plan, found "0"/,
  });
});

test("one universe alone is trained and asked; the study says which are missing", async () => {
  const { multiverse } = await planMultiverse(options);
  const [first] = multiverse.universes;
  const { multiverse: study, folder } = await computeMultiverse({ ...options, universes: [first.id] });
  assert.deepEqual(
    study.computed.map(({ id, seed }) => [id, seed]),
    first.seeds.map((seed) => [first.id, seed]),
  );
  assert.equal(trainings().length, 6 * first.seeds.length);
  assert.deepEqual(await readMultiverse(folder), study);
  const [{ answers }] = study.computed;
  assert.ok(Object.keys(answers).length > 15, Object.keys(answers).join());
  assert.equal(typeof answers["abstract-sparsity"].value, "number");
  assert.equal(answers["abstract-separation"].runs?.length, 2);
});

test("trained by jobs of their own and asked afterwards, universes say what they say when computed at once", async () => {
  const { multiverse } = await planMultiverse(options);
  for (const of of togetherIn(multiverse)) await trainUniverses({ ...options, universes: of.map(({ id }) => id) });
  const files = trainings();
  const changed = (): number[] => files.map((file) => statSync(path.join(root, "results", file)).mtimeMs);
  const before = changed();
  const { multiverse: asked, folder } = await computeMultiverse({ ...options, trained: true });
  assert.equal(
    asked.computed.length,
    asked.universes.reduce((sum, { seeds }) => sum + seeds.length, 0),
  );
  const { multiverse: again } = await computeMultiverse(options);
  assert.deepEqual(again, asked);
  assert.deepEqual([trainings(), changed()], [files, before], "nothing was trained again");
  assert.deepEqual(await readShares(folder), asked.shares);
  const { of } = asked.shares["abstract-sparsity"];
  assert.equal(of, asked.universes.filter(({ stratum }) => stratum === "readings").length);
});

test("what is told of a claim, and the tables, speak of every universe", async () => {
  const { multiverse } = await planMultiverse(options);
  const { claims } = await readRegistry();
  const claim = claims.find(({ id }) => id === "abstract-sparsity")!;
  const { text } = told(multiverse, claim);
  assert.match(text, /^“The adaptive mechanisms automatically maintain target sparsity levels”/);
  assert.match(text, /readings \(.*\): satisfied in \d of 2 \(/);
  const [[, shares]] = multiverseTables(multiverse, claims);
  assert.ok(shares.some(([id]) => id === "`abstract-sparsity`"));
});

test("the main job removes what another version of the package has asked, and says so", async () => {
  const { multiverse, folder } = await planMultiverse(options);
  const file = path.join(folder, "multiverse.json");
  const before = readFileSync(file, "utf8");
  const { lines, report } = reported();
  await readMultiverse(folder, { report, remove: true });
  assert.equal(readFileSync(file, "utf8"), before, "it is of this version");
  await writeMultiverse(folder, { ...multiverse, sources: "another" });
  assert.deepEqual(await readShares(folder), {});
  await readMultiverse(folder, { report, remove: true });
  assert.equal(await readMultiverse(folder), undefined);
  assert.deepEqual(lines, [
    "multiverse.json: of another version of this package, removed; its trainings stay. Run: snc multiverse run",
  ]);
  const { multiverse: again } = await computeMultiverse({ ...options, trained: true });
  assert.deepEqual(again, multiverse);
});

test("a study of other sources is not used, and that is said; a changed file is refused", async () => {
  const { folder, multiverse } = await planMultiverse(options);
  const file = path.join(folder, "multiverse.json");
  await writeMultiverse(folder, { ...multiverse, sources: "another" });
  const { lines, report } = reported();
  const { multiverse: planned } = await planMultiverse({ ...options, report });
  assert.deepEqual(planned.computed, []);
  assert.match(
    lines.join(),
    /multiverse\.json: of another version of this package, not used\. Run: snc multiverse run/,
  );
  writeFileSync(file, readFileSync(file, "utf8").replace('"layer": 6', '"layer": 7'));
  await assert.rejects(planMultiverse(options), { failure: "input", message: /multiverse\.json/ });
  rmSync(file);
  appendFileSync(file, "{");
  await assert.rejects(readShares(folder), { failure: "input" });
  rmSync(file);
});
