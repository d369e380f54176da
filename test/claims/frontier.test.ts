import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { FrontierClaim } from "../../src/claims/claim.js";
import { checkFrontier, plantedFrontier } from "../../src/claims/frontier.js";
import { claimsFile } from "../../src/claims/list.js";
import type { Frontier } from "../../src/frontier/document.js";

const registry = JSON.parse(readFileSync(claimsFile, "utf8"));
const claim: FrontierClaim = registry.claims.find(({ id }: FrontierClaim) => id === "conclusions-state-of-the-art");
const planted = (ahead: number, of = claim): Frontier => plantedFrontier({ layer: 14, d_sae: 576 }, of, ahead);
const verdict = (frontier: Frontier | undefined, of = claim): string => checkFrontier(of, frontier, [14]).verdict;

/** The same with the values of some points changed. */
const changed = (
  frontier: Frontier,
  change: (point: Frontier["points"][number]) => Partial<Frontier["points"][number]>,
): Frontier => ({ ...frontier, points: frontier.points.map((point) => ({ ...point, ...change(point) })) });

test("better than every method with an interval above 0 holds, worse than one in every run differs", () => {
  assert.equal(verdict(planted(0.1)), "holds");
  assert.equal(verdict(planted(-0.1)), "differs");
  assert.equal(verdict(planted(0)), "inconclusive");
});

test("of a quantity that is better when lower the signs are turned", () => {
  const lower: FrontierClaim = { ...claim, quantity: "pearsonAboveChance", better: "lower" };
  assert.equal(verdict(planted(0.1, lower), lower), "holds");
  assert.equal(verdict(planted(-0.1, lower), lower), "differs");
});

test("one run that is ahead is enough, and seeds that disagree leave it open", () => {
  const behind = changed(planted(0.1), ({ method }) =>
    method !== "run-6" && method.startsWith("run-") ? { fractionVarianceExplained: 0.2 } : {},
  );
  assert.equal(verdict(behind), "holds");
  const apart = changed(planted(0.1), ({ seed, fractionVarianceExplained }) => ({
    fractionVarianceExplained: seed === 0 ? 1 - fractionVarianceExplained! : fractionVarianceExplained,
  }));
  assert.equal(verdict(apart), "inconclusive");
});

test("what is not better than random directions has shown nothing, whatever it is better than else", () => {
  const strong = changed(planted(0.1), ({ method }) =>
    method === "frozen-decoder" ? { fractionVarianceExplained: 0.9 } : {},
  );
  const { verdict: found, because } = checkFrontier(claim, strong, [14]);
  assert.equal(found, "differs");
  assert.match(because, /against Frozen decoder/);
});

test("a method that is nowhere as sparse is left out and named: nothing holds then, and worse than another one still differs", () => {
  const apart = (frontier: Frontier): Frontier => ({
    ...frontier,
    points: frontier.points.map((point) => (point.method === "all-pairs" ? { ...point, l0: point.l0 / 1000 } : point)),
  });
  assert.equal(verdict(apart(planted(0.1))), "inconclusive");
  const { verdict: found, because } = checkFrontier(claim, apart(planted(-0.1)), [14]);
  assert.equal(found, "differs");
  assert.match(because, /do not reach this L0: All pairs penalised/);
});

test("without a frontier, on another layer, with a method missing or fewer seeds there is no verdict", () => {
  assert.equal(verdict(undefined), "not measurable here");
  assert.match(checkFrontier(claim, undefined, [14]).because, /Run: snc frontier$/);
  assert.equal(checkFrontier(claim, planted(0.1), [6]).verdict, "not measurable here");
  const { points, ...of } = planted(0.1);
  assert.equal(verdict({ ...of, points: points.filter(({ method }) => method !== "top-k") }), "inconclusive");
  const withoutRuns = points.filter(({ method }) => !method.startsWith("run-"));
  assert.equal(verdict({ ...of, points: withoutRuns }), "not measurable here");
  assert.equal(verdict({ ...of, points: points.filter(({ seed }) => seed > 0) }), "inconclusive");
});
