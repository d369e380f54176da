import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckedClaim } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
import { claimsDocument, statedText, summaryMarkdown, verdictCounts, verdictTable } from "../../src/claims/report.js";

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
    "0.9 ± 0.05",
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
const row = (of: Claim, verdict: string, because: string, found?: object): CheckedClaim =>
  ({ claim: of, verdict, because, measured: found, scope }) as CheckedClaim;
const checked = [
  row(kinds.close, "holds", "interval so", measured(0.123456, 0.00987654, { byChance: 0.0612345 })),
  row(kinds.bound, "inconclusive", "1 seed.", { ...measured(0.5, null, { byChance: 0 }), n: 1 }),
  row(kinds.order, "differs", "means", measured(0.1, 0.01, { groups: [spread(0.2, 0.1), spread(0.34567, 0.1)] })),
  row(claim({ ...kinds.silent, id: "a|b" }), "not measurable here", "why not?"),
  row(kinds.exact, "holds", "found 0.25", measured(0.25, 0)),
];

test("the table: stated, measured with half its interval or the means of groups, chance, seeds and verdict", () => {
  assert.deepEqual(verdictTable(checked), [
    ["claim", "paper", "measured", "by chance", "seeds", "verdict"],
    ["close", "0.9 ± 0.05", "0.1235 ± 0.009877", "0.06123", "4", "holds"],
    ["bound", ">= 0.7", "0.5", "0", "1", "inconclusive"],
    ["order", "Runs 2–4 < 1 < 6, 8", "0.2, 0.3457", "–", "4", "differs"],
    ["a|b", "–", "–", "–", "–", "not measurable here"],
    ["exact", "= 0.25", "0.25 ± 0", "–", "4", "holds"],
  ]);
});

test("verdicts are counted in one order, with their scale; none are counted too", () => {
  assert.equal(
    verdictCounts(checked),
    "5 claims at a small scale: 2 holds, 1 differs, 1 inconclusive, 0 self-contradictory, 1 not measurable here",
  );
  assert.match(verdictCounts([]), /^0 claims : 0 holds/);
});

test("the summary has the expectation, the evidence, the table, and of each claim the words and why", () => {
  const registry = { evidence: { folder: "A folder.", other: "Another." }, claims: [] };
  const text = summaryMarkdown(checked.slice(2, 4), registry, "All is as expected.");
  assert.equal(
    text,
    `# Claims

2 claims at a small scale: 0 holds, 1 differs, 0 inconclusive, 0 self-contradictory, 1 not measurable here.

All is as expected.

A folder.

Another.

| claim | paper | measured | by chance | seeds | verdict |
| --- | --- | --- | --- | --- | --- |
| order | Runs 2–4 < 1 < 6, 8 | 0.2, 0.3457 | – | 4 | differs |
| a\\|b | – | – | – | – | not measurable here |

## Each claim

### order: differs

§6.1: “Words.”

Read so. Means.

### a|b: not measurable here

§6.1: “Words.”

Read so. Why not?
`,
  );
});

test("the document has the evidence in words, and null where nothing was measured", () => {
  const { claims, ...rest } = claimsDocument(checked, { evidence: { folder: "A folder." }, claims: [] }) as {
    claims: Record<string, unknown>[];
  };
  assert.deepEqual(rest, { scope });
  assert.deepEqual(claims[3], {
    ...{ ...checked[3].claim, evidence: "A folder." },
    ...{ verdict: "not measurable here", because: "why not?", measured: null },
  });
  assert.equal(claims[0].measured, checked[0].measured);
});
