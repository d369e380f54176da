import assert from "node:assert/strict";
import { test } from "node:test";
import { readingsStudyFile, readReadingsStudy, turnsText } from "../../src/claims/readings-study.js";
import { verdictNames } from "../../src/claims/verdict.js";

test("under how many of all alternatives a verdict is another, by what it is, with their names", () => {
  const byDefault = "differs" as const;
  const text = (turned: object, studied = 41) => turnsText({ byDefault, studied, turned }, 41);
  assert.equal(
    text({ holds: ["correlation=inner", "importance=rms"] }),
    "holds under 2 of 41 alternatives: correlation=inner, importance=rms",
  );
  assert.equal(
    text({ holds: ["correlation=inner"], inconclusive: ["warmup=1"] }),
    "holds under 1 of 41 alternatives: correlation=inner; is inconclusive under 1 of 41 alternatives: warmup=1",
  );
  assert.equal(text({}), "the same under 41 alternatives");
});

test("alternatives that were not studied are told: the rest is of those that were", () => {
  const text = (studied: number, turned: object) => turnsText({ byDefault: "holds", studied, turned }, 41);
  assert.equal(
    text(40, { differs: ["init=kaiming"] }),
    "differs under 1 of 40 studied of 41 alternatives: init=kaiming",
  );
  assert.equal(text(40, {}), "the same under 40 studied of 41 alternatives");
  assert.equal(text(0, {}), "under no alternative reading is all that it needs trained");
});

test("every other verdict reads as a sentence", () => {
  for (const verdict of verdictNames) {
    const text = turnsText({ byDefault: "holds", studied: 3, turned: { [verdict]: ["init=kaiming"] } }, 3);
    assert.equal(text.endsWith(" under 1 of 3 alternatives: init=kaiming"), true, text);
    assert.match(text, /^(holds|differs|is [a-z -]+) under /);
  }
});

test("a profile of which nothing was studied has no study, and a file that is recorded is in order", async () => {
  assert.equal(await readReadingsStudy("made-up"), undefined);
  assert.match(readingsStudyFile("default"), /data-manifests.readings.default\.json$/);
  const study = await readReadingsStudy("default");
  for (const [id, { studied, turned, byDefault }] of Object.entries(study?.claims ?? {})) {
    assert.ok(studied <= study!.alternatives, id);
    const under = Object.values(turned).flat();
    assert.equal(new Set(under).size, under.length, `${id}: an alternative gives one verdict`);
    assert.ok(under.length <= studied && !(byDefault in turned), id);
  }
});
