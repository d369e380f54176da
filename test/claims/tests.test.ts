import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Claim } from "../../src/claims/claim.js";
import { readRegistry } from "../../src/claims/list.js";
import { testOf } from "../../src/claims/tests.js";

let claims: Claim[];
before(async () => {
  ({ claims } = await readRegistry());
});
const claimOf = (id: string): Claim => claims.find((claim) => claim.id === id)!;

test("sentences that say the same are one test, wherever they stand and however they are put", () => {
  const same = (...ids: string[]): void =>
    assert.equal(new Set(ids.map((id) => testOf(claimOf(id)))).size, 1, ids.join(", "));
  same("abstract-computation", "introduction-computation", "introduction-three-orders", "run-1-computation");
  same("abstract-correlation", "introduction-correlation", "conclusions-correlation");
  same("abstract-utilization", "introduction-utilization");
  same("run-9-correlation", "layer-12-correlation", "conclusions-layer-12");
  same("introduction-complexity", "related-complexity", "conclusions-complexity");
  same("layers-utilization", "conclusions-consistent-utilization");
});

test("what differs in quantity, runs, layer, number, side or test is another test", () => {
  const apart = (...ids: string[]): void =>
    assert.equal(new Set(ids.map((id) => testOf(claimOf(id)))).size, ids.length, ids.join(", "));
  apart("run-0-correlation", "run-1-correlation", "run-0-utilization");
  apart("layer-5-correlation", "layer-12-correlation", "layer-19-correlation");
  apart("run-6-utilization", "runs-3-6-utilization", "runs-6-7-utilization");
  apart("abstract-tau", "introduction-tau", "method-tau");
  apart("abstract-utilization", "runs-6-7-utilization", "figure-2-high-utilization");
  const base = claimOf("run-9-correlation");
  for (const changes of [
    { stated: 0.1 },
    { tolerance: 0.02 },
    { runs: [8] },
    { layer: 5 },
    { quantity: "utilization" },
  ])
    assert.notEqual(testOf({ ...base, ...changes } as Claim), testOf(base), JSON.stringify(changes));
  const bound = claimOf("layers-correlation");
  for (const changes of [
    { operator: "<" },
    { value: 0.03 },
    { over: "largest" },
    { contradiction: "layersBeyondBound" },
  ])
    assert.notEqual(testOf({ ...bound, ...changes } as Claim), testOf(bound), JSON.stringify(changes));
  const order = claimOf("runs-6-7-utilization") as Extract<Claim, { kind: "order" }>;
  assert.notEqual(testOf({ ...order, order: [[7], [6]] }), testOf(order));
  assert.notEqual(
    testOf({ ...order, stated: undefined }),
    testOf({ ...order, stated: { values: [0, 1], tolerance: 1 } }),
  );
});

test("words, sections, notebooks, weights and controls are no part of a test", () => {
  for (const claim of claims) {
    const said = {
      id: "x",
      quote: "Other words.",
      section: "9",
      notebook: "x",
      unit: "x",
      reading: "x",
      evidence: "x",
    };
    const other = { ...claim, ...said, weight: "detail", controls: ["shuffled"] } as Claim;
    const isOfWords = claim.kind === "statement" && !claim.test && !claim.contradiction;
    assert.equal(testOf(other) === testOf(claim), !isOfWords, claim.id);
  }
});

test("sentences that nothing tests are as many tests as they are", () => {
  const untested = claims.filter(
    ({ kind, contradiction, ...rest }) => kind === "statement" && !("test" in rest && rest.test) && !contradiction,
  );
  assert.ok(untested.length > 2);
  assert.equal(new Set(untested.map(testOf)).size, untested.length);
});
