import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, differences, type Method, ownRule } from "../src/method.js";
import { run } from "../src/runs.js";

const silent = (options: Record<string, number | string>): Method["inhibit"] =>
  ownRule("silent", "my notes", options, () => ({}));
const withInhibit = (inhibit: Method["inhibit"]): Method => ({ ...run(7).method, inhibit });

test("a rule of one's own is described by its name, source, options and a hash of its source text", () => {
  const { inhibit } = describe(withInhibit(silent({ strength: 2 }))) as Record<string, Record<string, unknown>>;
  assert.match(String(inhibit.code), /^[0-9a-f]{16}$/);
  assert.deepEqual(inhibit, { rule: "silent", source: "my notes", code: inhibit.code, strength: 2 });
  assert.equal("code" in (describe(run(7).method).inhibit as object), false, "the package's own rules carry none");
});

test("the same source text has the same hash, another one another: methods with them differ", () => {
  assert.deepEqual(differences(withInhibit(silent({})), withInhibit(silent({}))), []);
  const other: Method["inhibit"] = ownRule("silent", "my notes", {}, () => ({ losers: 0 }));
  assert.deepEqual(differences(withInhibit(silent({})), withInhibit(other)), ["inhibit"]);
  assert.deepEqual(differences(withInhibit(silent({})), withInhibit(silent({ strength: 1 }))), ["inhibit"]);
});

test("a rule of one's own decides as its function does", () => {
  const double = ownRule("double", "", { by: 2 }, (s: { tau: number }, seen: number) => s.tau * seen * 2);
  assert.equal(double({ tau: 3 } as never, 5 as never), 30);
});

test("a rule without a name, or with options that no record can hold, is refused", () => {
  const usage = (message: RegExp) => ({ failure: "usage", message });
  assert.throws(() => ownRule("", "", {}, () => 0), usage(/^rule: expected a name, found ""/));
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, null, [1], () => 1])
    assert.throws(
      () => ownRule("mine", "", { a: value as number }, () => 0),
      usage(/^rule mine: expected a to be a finite/),
    );
  for (const name of ["rule", "source", "code"])
    assert.throws(() => ownRule("mine", "", { [name]: 1 }, () => 0), usage(/expected another name than/));
  assert.doesNotThrow(() => ownRule("mine", "", { a: undefined }, () => 0));
});
