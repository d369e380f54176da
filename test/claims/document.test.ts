import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { readJson } from "../../src/base/files.js";
import { shareOf } from "../../src/base/interval.js";
import { writeSealed } from "../../src/base/recorded.js";
import { checkClaims } from "../../src/claims/check.js";
import { controlNames, type Registry } from "../../src/claims/claim.js";
import { readClaimsDocument, readVerdicts } from "../../src/claims/document.js";
import { readRegistry } from "../../src/claims/list.js";
import { claimsDocument } from "../../src/claims/report.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { everyTraining, everyUntrained, madeUp, measurementOn } from "../helpers/made-up-claims.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "claims-document-"));
});
after(() => rm(folder, { recursive: true }));

/** Every claim, measured with three seeds, a fourth that does not count, or one, which has no spread. */
const settled = (tables: TrainedTables): TrainedTables => ({
  ...tables,
  metrics: tables.metrics.map((row, i) => ({
    ...row,
    importanceChange: i === 0 ? null : 1 / i,
    ...(tables.record.run.number < 7 && i > 0 && { utilizationImportance: 1 }), // cannot rise
  })),
});
const turned = { differs: ["importance=rms", "init=kaiming"], inconclusive: ["warmup=1"] };
const measurements = {
  several: measurementOn([...everyTraining(), madeUp({ run: 9, layer: 6, seed: 45 })].map(settled), {
    untrained: everyUntrained(),
    study: {
      scope: "of a study",
      alternatives: 41,
      claims: { "run-9-correlation": { byDefault: "differs", studied: 40, turned } },
    },
    shares: { "run-9-correlation": shareOf(3, 8) },
  }),
  one: measurementOn(everyTraining().filter(({ record }) => record.seed === 42)),
};

for (const [name, measurement] of Object.entries(measurements))
  test(`verdicts and all that was measured come back from claims.json as they were: ${name}`, async () => {
    const registry = await readRegistry();
    const checked = checkClaims(registry.claims, registry.claims, measurement);
    await writeSealed(path.join(folder, "claims.json"), claimsDocument(checked, registry));
    const inWords = checked.map((row) => ({
      ...row,
      ...{ measured: row.measured, turns: row.turns, universes: row.universes, significance: row.significance },
      claim: { ...row.claim, evidence: registry.evidence[row.claim.evidence] },
    }));
    assert.deepEqual(await readClaimsDocument(folder), inWords);
    assert.deepEqual(
      await readVerdicts(folder),
      Object.fromEntries(checked.map(({ claim, verdict }) => [claim.id, verdict])),
    );
    const has = (part: string): boolean => inWords.some(({ measured }) => measured && part in measured);
    for (const part of ["groups", "increases", "headroom", "beside"]) assert.ok(has(part), part);
    const isSeveral = name === "several";
    for (const part of ["leftOut", "cannotRise"]) assert.equal(has(part), isSeveral, part);
    const found = inWords.flatMap(({ controls }) => controls);
    assert.deepEqual([...new Set(found.map(({ control }) => control))].sort(), [...controlNames].sort());
    assert.equal(new Set(found.map(({ couldFail }) => couldFail)).size, 2);
    assert.equal(
      found.some(({ verdict }) => verdict === null),
      !isSeveral,
      "controls that were not computed",
    );
    assert.equal(
      inWords.some(({ significance }) => significance),
      isSeveral,
    );
    const turns = inWords.find(({ claim }) => claim.id === "run-9-correlation")!.turns;
    const { universes } = inWords.find(({ claim }) => claim.id === "run-9-correlation")!;
    assert.deepEqual(universes, isSeveral ? shareOf(3, 8) : undefined);
    assert.deepEqual(turns, isSeveral ? { byDefault: "differs", studied: 40, turned, alternatives: 41 } : undefined);
    const { notCheckable } = (await readJson(path.join(folder, "claims.json"))) as Registry;
    assert.deepEqual(notCheckable, registry.notCheckable);
  });

test("a document of one claim is one", async () => {
  const registry = await readRegistry();
  const [only] = checkClaims(registry.claims.slice(0, 1), registry.claims, measurements.one);
  const file = path.join(folder, "one", "claims.json");
  await writeSealed(file, claimsDocument([only], registry));
  const [read, ...others] = await readClaimsDocument(path.dirname(file));
  assert.deepEqual([read.verdict, read.scope, others], [only.verdict, only.scope, []]);
});

test("without claims.json there are no verdicts; to read claims there names the next command", async () => {
  const empty = path.join(folder, "empty");
  assert.deepEqual(await readVerdicts(empty), {});
  await assert.rejects(
    readClaimsDocument(empty),
    /claims\.json: expected verdicts, found no such file\. Run: snc claims$/,
  );
});

test("a document with a wrong verdict, a wrong claim or none is refused with the next command", async () => {
  const file = path.join(folder, "claims.json");
  const whole = (await readJson(file)) as { scope: object; claims: object[] };
  for (const [claims, said] of [
    [[{ ...whole.claims[0], verdict: "perhaps" }], /holds[\s\S]*Run: snc claims$/],
    [
      [{ ...whole.claims[0], findings: [{ control: "hope", verdict: null, couldFail: true }] }],
      /untrained[\s\S]*snc claims$/,
    ],
    [[{ ...whole.claims[0], turns: { byDefault: "holds" } }], /studied[\s\S]*Run: snc claims$/],
    [[{ ...whole.claims[0], significance: { p: 0.5 } }], /q[\s\S]*Run: snc claims$/],
    [[{ ...whole.claims[0], kind: "close" }], /tolerance[\s\S]*Run: snc claims$/],
    [[], /claims[\s\S]*Run: snc claims$/],
  ] as const) {
    await writeSealed(file, { ...whole, claims });
    await assert.rejects(readClaimsDocument(folder), said);
  }
});
