import assert from "node:assert/strict";
import { test } from "node:test";
import { shareOf } from "../../src/base/interval.js";
import type { CheckedClaim } from "../../src/claims/check.js";
import type { Claim, Registry } from "../../src/claims/claim.js";
import {
  claimsDocument,
  controlsText,
  discoveryText,
  statedText,
  summaryMarkdown,
  turnsOf,
  verdictCounts,
  verdictTable,
} from "../../src/claims/report.js";

const claim = (changes: object): Claim =>
  ({
    ...{ id: "a", quote: "Words.", section: "6.1", unit: "1", layer: 12, runs: [0], notebook: "none" },
    ...{ reading: "Read so.", weight: "detail", evidence: "folder", quantity: "utilization" },
    ...changes,
  }) as Claim;
const kinds = {
  close: claim({ id: "close", kind: "close", stated: 0.9, tolerance: 0.05, why: "" }),
  bound: claim({ id: "bound", kind: "bound", operator: ">=", value: 0.7 }),
  range: claim({ id: "range", kind: "bound", operator: "<", value: 0.02, over: "range" }),
  order: claim({ id: "order", kind: "order", order: [[2, 3, 4], [1], [6, 8]] }),
  fromTo: claim({ id: "from-to", kind: "order", order: [[0], [9]], stated: { values: [0.8, 0.9], tolerance: 1 } }),
  exact: claim({ id: "exact", kind: "exact", value: 0.25, decimals: 2 }),
  statement: claim({ id: "statement", kind: "statement", quantity: null, stated: 9, test: null, why: "" }),
  silent: claim({ id: "silent", kind: "statement", quantity: null, test: null, why: "" }),
};

test("what the paper states, of every kind of claim", () => {
  assert.deepEqual(Object.values(kinds).map(statedText), [
    "0.9, within 0.05",
    ">= 0.7",
    "range < 0.02",
    "Runs 2–4 < 1 < 6, 8",
    "Runs 0 < 9, 0.8, 0.9",
    "= 0.25",
    "9",
    "–",
  ]);
});

const scope = { isPaperScale: false, text: "at a small scale" };
const spread = (mean: number, half: number | null) => ({
  ...{ mean, sd: 0.1, n: 4 },
  interval: half === null ? null : { low: mean - half, high: mean + half },
});
const measured = (mean: number, half: number | null, more: object = {}) => ({
  ...{ ...spread(mean, half), seeds: [1, 2, 3, 4], values: [0, 0, 0, 0], byChance: null },
  ...more,
});
const row = (of: Claim, verdict: string, because: string, found?: object, more: object = {}): CheckedClaim =>
  ({ claim: of, verdict, because, measured: found, controls: [], scope, ...more }) as unknown as CheckedClaim;
const turns = {
  ...{ byDefault: "holds", studied: 40, alternatives: 41 },
  turned: { differs: ["init=kaiming"], inconclusive: ["warmup=1", "warmup=100"] },
};
const controlled = [
  { control: "untrained", verdict: "differs", couldFail: true },
  { control: "shuffled", verdict: "inconclusive", couldFail: false },
  { control: "exchangedSeeds", verdict: "holds", couldFail: true },
  { control: "exchangedRuns", verdict: null, couldFail: true },
];
const checked = [
  row(kinds.close, "holds", "interval so", measured(0.123456, 0.00987654, { byChance: 0.0612345 }), {
    ...{ turns, controls: controlled, significance: { p: 0.0123456, q: 0.0345678 }, universes: shareOf(2, 8) },
  }),
  row(kinds.bound, "inconclusive", "1 seed.", { ...measured(0.5, null, { byChance: 0 }), n: 1 }),
  row(kinds.order, "differs", "means", measured(0.1, 0.01, { groups: [spread(0.2, 0.1), spread(0.34567, 0.1)] })),
  row(claim({ ...kinds.silent, id: "a|b" }), "not measurable here", "why not?"),
  row(kinds.exact, "holds", "found 0.25", measured(0.25, 0), { turns: { ...turns, turned: {} } }),
  row(kinds.fromTo, "contradicted by a published fact", "so it is"),
];

test("the table: stated, measured with its interval or the means of groups, chance, seeds, verdict and what turns it", () => {
  assert.deepEqual(verdictTable(checked), [
    ["claim", "paper", "measured [95 % interval]", "by chance", "seeds", "verdict", "turns under", "in readings"],
    ["close", "0.9, within 0.05", "0.1235 [0.1136, 0.1333]", "0.06123", "4", "holds", "3 of 40", "25 % of 8"],
    ["bound", ">= 0.7", "0.5", "0", "1", "inconclusive", "–", "–"],
    ["order", "Runs 2–4 < 1 < 6, 8", "0.2, 0.3457", "–", "4", "differs", "–", "–"],
    ["a|b", "–", "–", "–", "–", "not measurable here", "–", "–"],
    ["exact", "= 0.25", "0.25 [0.25, 0.25]", "–", "4", "holds", "0 of 40", "–"],
    ["from-to", "Runs 0 < 9, 0.8, 0.9", "–", "–", "–", "contradicted by a published fact", "–", "–"],
  ]);
});

test("verdicts are counted in one order, sentences and distinct tests, with their scale; none are counted too", () => {
  assert.equal(
    verdictCounts(checked),
    "6 sentences (6 distinct tests) at a small scale: 2 holds (2), 1 differs (1), 1 inconclusive (1), " +
      "0 self-contradictory (0), 1 contradicted by a published fact (1), 1 not measurable here (1)",
  );
  const again = row(claim({ ...kinds.close, id: "again", quote: "In other words." }), "holds", "interval so");
  assert.match(
    verdictCounts([...checked, again]),
    /^7 sentences \(6 distinct tests\) at a small scale: 3 holds \(2\), /,
  );
  assert.match(verdictCounts([]), /^0 sentences \(0 distinct tests\) : 0 holds \(0\)/);
});

test("of the distinct tests that an interval decides those stand whose false discovery rate is 5 % at most", () => {
  const of = (id: string, verdict: string, q: number, changes: object = { stated: q }): CheckedClaim =>
    row(claim({ ...kinds.close, id, ...changes }), verdict, "", undefined, { significance: { p: q / 2, q } });
  const rows = [
    of("a", "holds", 0.05),
    of("again", "holds", 0.05),
    of("b", "differs", 0.0501),
    of("c", "inconclusive", 0.01), // nothing is decided
    of("d", "differs", 0.001),
    row(kinds.exact, "holds", "no interval"),
  ];
  assert.equal(
    discoveryText(rows),
    "Of 3 distinct tests that an interval decides, 2 stand at a false discovery rate of 5 % (Benjamini and Hochberg)",
  );
  assert.match(discoveryText([]), /^Of 0 distinct tests that an interval decides, 0 stand /);
});

test("what turns a verdict: alternatives where they were studied, and why there are none", () => {
  assert.equal(
    turnsOf(checked[0]),
    "differs under 1 of 40 studied of 41 alternatives: init=kaiming; " +
      "is inconclusive under 2 of 40 studied of 41 alternatives: warmup=1, warmup=100",
  );
  assert.equal(turnsOf(checked[1]), "not studied at this scale");
  const words = "none changes it: no training decides it";
  assert.equal(turnsOf(checked[3]), words, "a statement that nothing tests");
  assert.equal(turnsOf(row(claim({ ...kinds.close, contradiction: "namesTwoModels" }), "differs", "")), words);
  assert.equal(
    turnsOf(row(claim({ ...kinds.statement, test: "nineRunsAdd" }), "holds", "")),
    "not studied at this scale",
  );
  const turnedHere = row(kinds.close, "inconclusive", "", undefined, { turns });
  assert.match(turnsOf(turnedHere), /^holds by default without the control untrained; differs under 1 of 40 /);
});

test("which controls a claim is put to, what came of each, and which could not have failed", () => {
  assert.equal(
    controlsText(checked[0]),
    "untrained: differs; shuffled: inconclusive (could not have failed); exchangedSeeds: holds (has to hold); exchangedRuns: not computed",
  );
  assert.equal(controlsText(checked[1]), "untested: no control can make it fail");
});

const notCheckable = [{ section: "2.3", quote: "vague words", why: "No measure is named." }];

test("the summary has the expectation, the evidence, the table, of each claim the words and why, and what is not checkable", () => {
  const registry: Registry = { evidence: { folder: "A folder.", other: "Another." }, claims: [], notCheckable };
  const text = summaryMarkdown([checked[0], checked[3]], registry, "All is as expected.");
  assert.equal(
    text,
    `# Claims

2 sentences (2 distinct tests) at a small scale: 1 holds (1), 0 differs (0), 0 inconclusive (0), 0 self-contradictory (0), 0 contradicted by a published fact (0), 1 not measurable here (1).

Of 1 distinct tests that an interval decides, 1 stand at a false discovery rate of 5 % (Benjamini and Hochberg). Seeds differ in their starting weights and in the order of their batches; model, texts and activations are the same. With three seeds an interval has two degrees of freedom: it is 4.3 standard errors wide to either side.

All is as expected.

A folder.

Another.

| claim | paper | measured [95 % interval] | by chance | seeds | verdict | turns under | in readings |
| --- | --- | --- | --- | --- | --- | --- | --- |
| close | 0.9, within 0.05 | 0.1235 [0.1136, 0.1333] | 0.06123 | 4 | holds | 3 of 40 | 25 % of 8 |
| a\\|b | – | – | – | – | not measurable here | – | – |

## Each claim

### close: holds

§6.1: “Words.”

Read so. Interval so.

Readings: differs under 1 of 40 studied of 41 alternatives: init=kaiming; is inconclusive under 2 of 40 studied of 41 alternatives: warmup=1, warmup=100; the point estimate satisfies it in 2 of 8 (25 %, 7–59 %) combinations of readings. Controls: untrained: differs; shuffled: inconclusive (could not have failed); exchangedSeeds: holds (has to hold); exchangedRuns: not computed. p = 0.01235, false discovery rate 0.03457.

### a|b: not measurable here

§6.1: “Words.”

Read so. Why not?

Readings: none changes it: no training decides it. Controls: untested: no control can make it fail.

## Sentences judged not checkable

- §2.3: “vague words” No measure is named.`,
  );
});

test("the document has the evidence in words, and null where nothing was measured, studied or tested", () => {
  const { claims, ...rest } = claimsDocument(checked, {
    ...{ evidence: { folder: "A folder." }, claims: [], notCheckable },
  }) as { claims: Record<string, unknown>[] };
  assert.deepEqual(rest, { scope, notCheckable });
  assert.deepEqual(claims[3], {
    ...{ ...checked[3].claim, evidence: "A folder." },
    ...{ verdict: "not measurable here", because: "why not?", measured: null },
    ...{ findings: [], turns: null, universes: null, significance: null },
  });
  assert.equal(claims[0].measured, checked[0].measured);
  assert.deepEqual([claims[0].findings, claims[0].turns], [controlled, turns]);
});
