import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../src/base/files.js";
import { describedRule, isRuleSlot, ruleNamed, rules } from "../../src/mechanisms/by-name.js";
import * as m from "../../src/mechanisms/index.js";
import { describe, type Method, ownRule, type RuleSlot } from "../../src/method.js";
import { type ReadingId, readingChoices, readings } from "../../src/readings.js";
import { runsOf } from "../../src/runs.js";

const usage = (message: RegExp) => ({ failure: "usage", message });

/** The methods of all runs under the default readings, and under each other reading. */
const methods: Method[] = [
  {},
  ...Object.entries(readingChoices).flatMap(([id, [, ...others]]) => others.map((v) => ({ [id]: v }))),
].flatMap((changes) =>
  runsOf({ readings: readings(changes as Partial<Record<ReadingId, string>>) }).map((r) => r.method),
);

test("every rule of every run and reading is made again from what describe printed of it, read back from JSON", () => {
  for (const method of methods)
    for (const [slot, printed] of Object.entries(JSON.parse(JSON.stringify(describe(method)))))
      if (isRuleSlot(slot)) {
        const again = { ...method, [slot]: describedRule(slot, printed) } as Method;
        assert.deepEqual(describe(again)[slot], describe(method)[slot], slot);
      }
});

test("every rule that mechanisms exports is listed for one slot, by the name that it prints", () => {
  const listed = Object.entries(rules).flatMap(([slot, known]) =>
    Object.keys(known).map((name) => [name, ruleNamed(slot as RuleSlot, name).ruleName]),
  );
  assert.deepEqual(listed.map(([name]) => name).sort(), Object.keys(m).sort());
  for (const [name, printed] of listed) assert.equal(printed, name);
});

test("a rule that is off is the same object by its name: what it costs is told by that", () => {
  assert.equal(ruleNamed("pairs", "noPairs"), m.noPairs);
  assert.equal(ruleNamed("prune", "noPruning"), m.noPruning);
  assert.equal(ruleNamed("inhibit", "noInhibition"), m.noInhibition);
  assert.equal(ruleNamed("coactivation", "noCoactivation"), m.noCoactivation);
  assert.equal(ruleNamed("reallocate", "noReallocation"), m.noReallocation);
});

test("a rule, an option or a value that there is not is named, with those that there are", () => {
  assert.throws(
    () => ruleNamed("inhibit", "softmax"),
    usage(/^inhibit: expected noInhibition, winnerTakesAll, found "softmax"$/),
  );
  assert.throws(
    () => ruleNamed("inhibit", "winnerTakesAll", { gama: 1 }),
    usage(/^inhibit\.gama: expected an option of winnerTakesAll \(gamma, inhibition\), found "gama"$/),
  );
  assert.throws(
    () => ruleNamed("prune", "noPruning", { every: 5 }),
    usage(/^prune\.every: expected no option: noPruning has none/),
  );
  for (const gamma of ["1", Number.NaN, 3])
    assert.throws(
      () => ruleNamed("inhibit", "winnerTakesAll", { gamma }),
      usage(/gamma: expected a number in \[0, 1\], found/),
    );
  assert.throws(
    () => ruleNamed("pairs", "topPairs", { count: "other" }),
    usage(/count: expected one of pairs, features/),
  );
  for (const name of ["toString", "constructor", "__proto__"])
    assert.throws(() => ruleNamed("tau", name), usage(/^tau: /));
});

test("a rule of somebody's own is not made again, even by the name of one of this package", () => {
  const own: Method["inhibit"] = ownRule("winnerTakesAll", "", { gamma: 1 }, () => ({}));
  const method: Method = { ...methods[0], inhibit: own };
  assert.throws(
    () => describedRule("inhibit", describe(method).inhibit),
    usage(/^inhibit: expected a rule of this package .*found winnerTakesAll, a rule of somebody's own$/),
  );
  assert.throws(() => describedRule("inhibit", undefined), usage(/found undefined$/));
});

test("docs/variations.md lists every slot with its rules and their options", async () => {
  const page = await readFile(path.join(packageFolder, "docs", "variations.md"), "utf8");
  const optionsOf = (slot: RuleSlot, name: string): string[] => Object.keys(ruleNamed(slot, name).options);
  for (const [slot, known] of Object.entries(rules) as [RuleSlot, object][]) {
    const written = Object.keys(known).map((name) => {
      const options = optionsOf(slot, name);
      const shared = slot === "pairs" && name === "significantPairs" ? optionsOf(slot, "topPairs") : [];
      const own = options.filter((option) => !shared.includes(option)).map((option) => `\`${option}\``);
      const all = [...(shared.length > 0 ? ["these"] : []), ...own];
      return `\`${name}\`${all.length > 0 ? `: ${all.join(", ")}` : ""}`;
    });
    assert.ok(page.includes(`| \`${slot}\` | ${written.join(" · ")} |`), written.join(" · "));
  }
});
