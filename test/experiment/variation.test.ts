import assert from "node:assert/strict";
import { test } from "node:test";
import type { VariationSpec } from "../../src/experiment/spec.js";
import { nameOfSettings, variationOf, variationSpecOf, vary } from "../../src/experiment/variation.js";
import * as m from "../../src/mechanisms/index.js";
import { describe, differences, type Method, ownRule } from "../../src/method.js";
import { type Run, run, runsOf } from "../../src/runs.js";

const usage = (message: RegExp) => ({ failure: "usage", message });
const gammaOne = { inhibit: m.winnerTakesAll({ gamma: 1 }) };

test("a variation has the number of its run, a name of its own, and other rules in the slots of the patch alone", () => {
  const varied = vary(run(7), "gamma-1", gammaOne);
  assert.deepEqual([varied.number, varied.name], [7, "gamma-1"]);
  assert.deepEqual(differences(run(7).method, varied.method), ["inhibit"]);
  assert.equal(varied.method.inhibit.options.gamma, 1);
  assert.equal(varied.variation?.inhibit, gammaOne.inhibit);
  assert.equal(run(7).method.inhibit.options.gamma, 0.3, "the run itself is as it was");
});

test("a variation of a variation keeps what both change", () => {
  const both = vary(vary(run(7), "gamma-1", gammaOne), "gamma-1-mean", { penalty: "mean" });
  assert.deepEqual(Object.keys(both.variation!), ["inhibit", "penalty"]);
  assert.deepEqual(differences(run(7).method, both.method), ["inhibit", "penalty"]);
});

test("names: lower-case letters, digits and hyphens, none that a run of the paper has", () => {
  for (const name of ["a", "gamma-1", "x2-y"]) assert.equal(vary(run(7), name, gammaOne).name, name);
  for (const name of [
    "",
    "Gamma",
    "1-gamma",
    "a_b",
    "a--b",
    "a-",
    "-a",
    "a b",
    "../a",
    "a/b",
    "ä",
    "a".repeat(65),
    7,
    null,
  ])
    assert.throws(
      () => vary(run(7), name as string, gammaOne),
      usage(/expected a name of lower-case letters/),
      String(name),
    );
  for (const name of [...runsOf().map((of) => of.name), "run-7"])
    assert.throws(() => vary(run(7), name, gammaOne), usage(/expected a name that no run of the paper has/));
});

test("a variation that changes nothing is none", () => {
  for (const patch of [{}, { inhibit: m.winnerTakesAll({ gamma: 0.3 }) }, { penalty: "sum" as const }])
    assert.throws(
      () => vary(run(7), "same", patch),
      usage(/^variation "same" of Run 7: expected a change, found none$/),
    );
});

test("what is no rule of its slot is refused with the rules there are, and how to make one's own", () => {
  const patch = (value: unknown) => () => vary(run(7), "odd", { inhibit: value } as Partial<Method>);
  const own = /rule of your own is made by rule\(name, source, options, decide\)$/;
  for (const [value, found] of [
    [(s: unknown) => s, /found a function \(without a name\) that is no rule/],
    [m.winnerTakesAll, /found a function \(winnerTakesAll\) that is no rule/],
    [Object.assign(() => ({}), m.noInhibition), /found a function \(without a name\) that is no rule/],
    [m.topPairs(), /found topPairs/],
    ["noInhibition", /found "noInhibition"/],
    [undefined, /found undefined/],
    [null, /found null/],
  ] as const) {
    assert.throws(patch(value), usage(/^inhibit: expected a rule of this slot \(noInhibition, winnerTakesAll\)/));
    assert.throws(patch(value), usage(found));
    assert.throws(patch(value), usage(own));
  }
  assert.doesNotThrow(patch(ownRule("mine", "", {}, () => ({}))));
});

test("slots and choices that there are not are refused with those there are", () => {
  assert.throws(
    () => vary(run(7), "odd", { inhibition: m.noInhibition } as never),
    usage(/^"inhibition": expected a slot of a method \(sparsity, pairs, /),
  );
  assert.throws(
    () => vary(run(7), "odd", { penalty: "product" } as never),
    usage(/^penalty: expected one of sum, mean, found "product"$/),
  );
});

const specified = (number: number, set: VariationSpec["set"]): Run =>
  variationOf(run(number), { run: number, name: "mine", set });

test("a specification sets options of the run's rules, other rules by name, and choices", () => {
  const seven = specified(7, { "inhibit.gamma": 1, "neighbours.rMax": 16 });
  assert.deepEqual(differences(run(7).method, seven.method), ["inhibit", "neighbours"]);
  assert.deepEqual(
    [seven.method.inhibit.options, seven.method.neighbours.options],
    [{ gamma: 1, inhibition: "scaleLosers" }, { rMax: 16 }],
  );
  const four = specified(5, {
    prune: "noPruning",
    penalty: "mean",
    "tau.target": 0.9,
    "pairs.threshold": "thresholdOnly",
  });
  assert.deepEqual(differences(run(5).method, four.method).sort(), ["pairs", "penalty", "prune", "tau"]);
  assert.equal(four.method.pairs.options.sigmas, 2, "the run's other options stay");
  const other = specified(0, { prune: "pruneCorrelated", "prune.every": 15 });
  assert.deepEqual(other.method.prune.options, m.pruneCorrelated({ every: 15 }).options);
  assert.equal(specified(7, { "radius.radius": 8 }).method.radius.options.radius, 8);
  assert.equal(specified(0, { "sparsity.lambda1": 0.1 }).method.sparsity.options.lambda1, 0.1);
});

test("a specification that names what there is not is told what there is", () => {
  for (const [set, message] of [
    [{ "inhibition.gamma": 1 }, /^"inhibition": expected a slot of a method \(sparsity, /],
    [{ "inhibit.rMax": 1 }, /^inhibit\.rMax: expected an option of winnerTakesAll \(gamma, inhibition\)/],
    [{ "inhibit.gamma.x": 1 }, /^inhibit\.gamma\.x: expected an option of winnerTakesAll/],
    [{ inhibit: "softmax" }, /^inhibit: expected noInhibition, winnerTakesAll, found "softmax"/],
    [{ "penalty.mean": 1 }, /^penalty\.mean: expected penalty alone, one of sum, mean/],
    [{ penalty: "product" }, /^penalty: expected one of sum, mean, found "product"/],
    [{}, /expected a change, found none/],
    [{ "inhibit.gamma": 0.3 }, /expected a change, found none/],
  ] as const)
    assert.throws(() => specified(7, set as VariationSpec["set"]), usage(message), JSON.stringify(set));
  assert.throws(
    () => variationOf(run(6), { run: 7, name: "mine", set: { penalty: "mean" } }),
    usage(/expected Run 7, which it varies, found Run 6/),
  );
  for (const odd of [
    { run: 7, name: "mine" },
    { run: 7, name: "mine", set: { penalty: true } },
    { run: 7.5, name: "m", set: {} },
    null,
  ])
    assert.throws(() => variationOf(run(7), odd as never), usage(/^variation: /), JSON.stringify(odd));
});

test("an option of one's own rule cannot be set from outside", () => {
  const varied = vary(run(7), "mine", { inhibit: ownRule("mine", "", { strength: 1 }, () => ({})) });
  assert.throws(
    () => variationOf(varied, { run: 7, name: "other", set: { "inhibit.strength": 2 } }),
    usage(/is a rule of your own/),
  );
  assert.equal(
    variationOf(varied, { run: 7, name: "off", set: { inhibit: "noInhibition" } }).method.inhibit,
    m.noInhibition,
  );
});

test("a variation with this package's rules is plain data, from which it is made again; one with others is not", () => {
  const patches: Partial<Method>[] = [
    { inhibit: m.winnerTakesAll({ gamma: 1, inhibition: "halfMax" }), penalty: "mean" },
    { prune: m.pruneCorrelated({ every: 7 }), radius: m.fixedRadius(8), sparsity: m.constantSparsity(0.1) },
    { pairs: m.noPairs, tau: m.adaptiveTau({ target: 0.9 }), correlation: "decoderCosine" },
  ];
  for (const patch of patches) {
    const varied = vary(run(9), "mine", patch);
    const again = variationOf(run(9), JSON.parse(JSON.stringify(variationSpecOf(varied))));
    assert.deepEqual(describe(again.method), describe(varied.method));
  }
  assert.equal(variationSpecOf(vary(run(9), "mine", { inhibit: ownRule("mine", "", {}, () => ({})) })), undefined);
});

test("a variation without a name is named after what it sets, by a name that there can be", () => {
  assert.equal(nameOfSettings({ "inhibit.gamma": 1, "neighbours.rMax": 16 }), "inhibit-gamma-1-neighbours-rmax-16");
  assert.equal(nameOfSettings({ penalty: "mean", "sparsity.lambda1": 0.5 }), "penalty-mean-sparsity-lambda1-0-5");
  const many: VariationSpec["set"] = {
    prune: "pruneCorrelated",
    "prune.threshold": 1e-7,
    "prune.every": 15,
    "prune.protectAbove": 0.95,
  };
  assert.equal(vary(run(0), nameOfSettings(many), gammaOne).name.length <= 64, true);
});
