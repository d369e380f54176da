import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SncError } from "../../src/base/errors.js";
import * as m from "../../src/mechanisms/index.js";

/** A maker, its option, the values at the ends of the option's range, those just beyond, and how the range is said. */
type Case = [name: string, option: string, admitted: unknown[], refused: unknown[], words: string];

const [ofNoRange, beyond] = [[Number.NaN, Number.POSITIVE_INFINITY, "0.5", null], 1 + Number.EPSILON];
const below = -Number.MIN_VALUE;
const [unit, belowOne, share] = ["a number in [0, 1]", "a number in [0, 1)", "a number in (0, 1]"];
const [whole1, whole0, positive] = ["a whole number ≥ 1", "a whole number ≥ 0", "a finite number ≥ 0"];

const cases: Case[] = [
  ["winnerTakesAll", "gamma", [0, 0.3, 1], [below, beyond, 3], unit],
  ["winnerTakesAll", "inhibition", ["scaleLosers", "subtractWinner", "halfMax"], ["max"], "one of scaleLosers, "],
  ["momentumCoactivation", "beta", [0, 0.99], [below, 1], belowOne],
  ["momentumCoactivation", "coactivation", ["indicator", "product", "cosine"], ["count"], "one of indicator, "],
  ["momentumImportance", "beta", [0, 0.99], [below, 1, 2], belowOne],
  ["momentumImportance", "norm", ["batchL2", "rms"], ["l2"], "one of batchL2, "],
  ["blocks", "size", [1, 32], [0, -1, 1.5], whole1],
  ...["window", "strongest", "adaptiveWindow"].map((name): Case => [name, "rMax", [0, 32], [-1, 1.5], whole0]),
  ["adaptiveRadius", "rMax", [0, 32], [-1, 1.5], whole0],
  ["adaptiveRadius", "theta", [0, 1], [below, beyond], unit],
  ["topPairs", "fraction", [0, 1], [below, beyond, 5], unit],
  ["topPairs", "atLeast", [0, 10], [-1, 0.5], whole0],
  ["topPairs", "count", ["pairs", "features"], ["all"], "one of pairs, features"],
  ["significantPairs", "fraction", [0, 1], [below, beyond], unit],
  ["significantPairs", "atLeast", [0, 10], [-1, 0.5], whole0],
  ["significantPairs", "count", ["pairs", "features"], ["all"], "one of pairs, features"],
  ["significantPairs", "sigmas", [-1, 0, 2], [], "a finite number"],
  ["significantPairs", "threshold", ["both", "thresholdOnly"], [2], "one of both, thresholdOnly"],
  ["pruneCorrelated", "threshold", [0, 0.8, 1], [below, beyond, 80], unit],
  ["pruneCorrelated", "every", [1, 100], [0, 1.5, -1], whole1],
  ["pruneCorrelated", "protectAbove", [0, 1, undefined], [below, beyond, 90], `${unit}, or nothing`],
  ["pruneCorrelated", "hit", ["lessImportant", "both"], ["none"], "one of lessImportant, both"],
  ["pruneCorrelated", "action", ["disable", "reinitialize"], ["off"], "one of disable, reinitialize"],
  ["reallocateInactive", "theta", [0, 0.01, 2], [below], positive],
  ["reallocateInactive", "after", [1, 100], [0, 0.5], whole1],
  ["adaptiveSparsity", "target", [Number.MIN_VALUE, 1], [0, beyond, 10], share],
  ["adaptiveSparsity", "rate", [0, 0.1], [below], positive],
  ["adaptiveSparsity", "min", [0, 0.2], [below], positive],
  ["adaptiveSparsity", "max", [0.01], [0.009], "a finite number ≥ min"],
  ["adaptiveSparsity", "momentum", [0, 0.99], [below, 1], belowOne],
  ["adaptiveSparsity", "start", [0, 0.04, undefined], [below], `${positive}, or nothing`],
  ["allPairs", "fraction", [0, 1], [below, beyond], unit],
  ["allPairs", "atLeast", [0, 10], [-1, 0.5], whole0],
  ["allPairs", "count", ["pairs", "features"], ["all"], "one of pairs, features"],
  ...["topK", "batchTopK", "l0Target"].map((name): Case => [name, "k", [1, 32], [0, -1, 1.5], whole1]),
  ["batchTopK", "beta", [0, 0.99], [below, 1], belowOne],
  ["jumpRelu", "theta", [0, 0.001], [below], positive],
  ["jumpRelu", "bandwidth", [Number.MIN_VALUE, 1], [0, below], "a finite number > 0"],
  ["halves", "levels", [1, 5], [0, 1.5], whole1],
  ["reviveDead", "after", [1, 100], [0, 0.5], whole1],
  ["reviveDead", "weight", [0, 1], [below], positive],
  ["l0Target", "warmup", [0, 0.5, 500], [below], positive],
  ["orthogonalChunks", "gamma", [0, 0.25, 2], [below], positive],
  ["orthogonalChunks", "size", [1, 8192], [0, 1.5], whole1],
  ["adaptiveTau", "alpha", [0, 0.9], [below, 1, 2], belowOne],
  ["adaptiveTau", "target", [Number.MIN_VALUE, 1], [0, beyond], share],
  ["adaptiveTau", "min", [0, 0.5], [below], positive],
  ["adaptiveTau", "max", [0.01, 2], [0.009], "a finite number ≥ min"],
  ["adaptiveTau", "meanCorrelation", ["selected", "all"], ["mean"], "one of selected, all"],
];

type Maker = (options: object) => { options: Record<string, unknown> };
const makers = m as unknown as Record<string, Maker>;

/** What the maker says of this value. */
function said(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    assert.equal((error as SncError).failure, "usage", String(error));
    return (error as Error).message;
  }
}

describe("options of rules", () => {
  for (const [name, option, admitted, refused, words] of cases)
    it(`${name}, ${option}: ${words}`, () => {
      for (const value of admitted)
        assert.equal(makers[name]({ [option]: value }).options[option], value, `admits ${value}`);
      for (const value of [...refused, ...ofNoRange]) {
        const found = said(() => makers[name]({ [option]: value })) ?? `takes ${value}`;
        assert.ok(found.startsWith(`${name}, ${option}: expected ${words}`), found);
        assert.match(found, new RegExp(`, found ("?${String(value).replace("+", "\\+")}"?)$`));
      }
    });

  it("every option that a maker fills in is among these cases", () => {
    for (const [name, make] of Object.entries(makers).filter(([, made]) => !("ruleName" in made))) {
      if (name === "fixedRadius" || name === "constantSparsity") continue; // take a number, below
      for (const option of Object.keys(make({}).options))
        assert.ok(
          cases.some((known) => known[0] === name && known[1] === option),
          `${name}, ${option}: its range is not tested`,
        );
    }
  });

  it("fixedRadius and constantSparsity take a number in their range alone", () => {
    for (const radius of [0, 32]) assert.equal(m.fixedRadius(radius).options.radius, radius);
    for (const radius of [-1, 1.5, Number.NaN])
      assert.match(said(() => m.fixedRadius(radius))!, /^fixedRadius, radius: expected a whole number ≥ 0, found/);
    for (const lambda1 of [0, 0.04]) assert.equal(m.constantSparsity(lambda1).options.lambda1, lambda1);
    for (const lambda1 of [below, Number.NaN])
      assert.match(
        said(() => m.constantSparsity(lambda1))!,
        /^constantSparsity, lambda1: expected a finite number ≥ 0/,
      );
  });
});
