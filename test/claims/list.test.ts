import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { readJson } from "../../src/base/files.js";
import type { Registry } from "../../src/claims/claim.js";
import { claimsFile, readRegistry, selectClaims } from "../../src/claims/list.js";
import { runsOf } from "../../src/runs.js";
import { hashesOfWords, paperWords } from "../helpers/paper-words.js";

let registry: Registry;
let folder: string;
before(async () => {
  registry = await readRegistry();
  folder = await mkdtemp(path.join(tmpdir(), "claims-"));
});
after(() => rm(folder, { recursive: true }));

test("every quote is the paper's: each three words of it follow each other in the paper", () => {
  const words = paperWords();
  const unnamed = registry.notCheckable.map(({ quote }) => ({ id: "not checkable", quote }));
  for (const { id, quote } of [...registry.claims, ...unnamed]) {
    const hashes = hashesOfWords(quote);
    assert.ok(hashes.size > 0, `${id}: "${quote}" has no three words`);
    for (const hash of hashes) assert.ok(words.has(hash), `${id}: not the paper's words: "${quote}"`);
  }
  const changed = registry.claims[0].quote.replace("reducing", "increasing");
  assert.ok([...hashesOfWords(changed)].some((hash) => !words.has(hash)));
});

test("with PAPER_TEXT: every quote is in that text to the letter, and the recorded words are its own", (t) => {
  if (!process.env.PAPER_TEXT) return t.skip("PAPER_TEXT names no file");
  const text = readFileSync(process.env.PAPER_TEXT, "utf8");
  for (const { quote } of [...registry.claims, ...registry.notCheckable]) assert.ok(text.includes(quote), quote);
  assert.deepEqual(hashesOfWords(text), paperWords());
});

test("stated numbers stand in their quotes, as decimals or per cent", () => {
  const exceptions = new Set(["abstract-sparsity"]); // "target sparsity levels"
  for (const claim of registry.claims) {
    const stated = claim.kind === "close" ? claim.stated : claim.kind === "exact" ? claim.value : undefined;
    if (stated === undefined || exceptions.has(claim.id)) continue;
    const written = [stated, 100 * stated].map((value) => String(Number(value.toFixed(4))));
    const isThere = (number: string) =>
      new RegExp(`(^|[^\\d.])${number.replace(".", "\\.")}0?(?![\\d])`).test(claim.quote);
    assert.ok(written.some(isThere), `${claim.id}: ${stated} is not in "${claim.quote}"`);
  }
});

test("every part of the paper that claims something has claims, and every run and layer", () => {
  const sections = new Set(registry.claims.map((claim) => claim.section));
  for (const section of [
    "Abstract",
    "1",
    "3.1",
    "4",
    "4.1",
    "6",
    "6.1",
    "6.2",
    "6.3",
    "7",
    "Figure 1",
    "Figure 2",
    "Figure 3",
  ])
    assert.ok(sections.has(section), section);
  const runs = new Set(registry.claims.flatMap((claim) => claim.runs));
  assert.deepEqual(
    [...runs].sort(),
    runsOf().map(({ number }) => number),
  );
  const layers = new Set(registry.claims.map((claim) => claim.layer));
  assert.deepEqual([...layers].map(String).sort(), ["12", "19", "5", "all"]);
});

test("what is judged not checkable has its section and a reason, is there once, and is no claim", () => {
  const { claims, notCheckable } = registry;
  assert.ok(notCheckable.length > 0);
  assert.equal(new Set(notCheckable.map(({ quote }) => quote)).size, notCheckable.length);
  for (const { quote, section, why } of notCheckable) {
    assert.match(section, /^(Abstract|\d(\.\d)?|Figure \d)$/, quote);
    assert.match(why, /^[A-Z].{10,}\.$/, quote);
    assert.ok(!claims.some((claim) => claim.quote.includes(quote)), `${quote}: a claim quotes it`);
  }
});

test("a claim without a control is one that no table decides, or says why none can make it fail", () => {
  for (const { id, kind, controls, contradiction } of registry.claims)
    if (!controls) assert.ok(kind === "statement" || kind === "frontier" || contradiction, id);
});

test("evidence is what the public run folder records, for every claim", () => {
  for (const claim of registry.claims) assert.match(registry.evidence[claim.evidence], /training_steps: 0/, claim.id);
});

test("claims are chosen by id, and a wrong id lists the right ones", () => {
  assert.deepEqual(
    selectClaims(registry.claims, ["run-9-correlation"]).map(({ id }) => id),
    ["run-9-correlation"],
  );
  assert.equal(selectClaims(registry.claims).length, registry.claims.length);
  assert.throws(
    () => selectClaims(registry.claims, ["run-10"]),
    /claim "run-10": expected one of[\s\S]*run-9-correlation/,
  );
});

for (const [what, id, changes, message] of [
  ["a number as text", "run-9-correlation", { stated: "0.09" }, /expected number/],
  ["another kind's property", "run-9-correlation", { operator: "<" }, /Unrecognized key/],
  ["an unknown quantity", "run-9-correlation", { quantity: "magic" }, /meanCorrelation/],
  ["a layer that is not the paper's", "run-9-correlation", { layer: 14 }, /layer/],
  ["a close claim on two runs without how", "run-9-correlation", { runs: [8, 9] }, /`over` goes with several/],
  [
    "a close claim on one run and layer with how",
    "run-9-correlation",
    { over: "farthest" },
    /`over` goes with several/,
  ],
  ["a bound on three layers without how", "abstract-correlation", { over: undefined }, /`over` goes with several/],
  ["an order of other runs", "runs-6-7-correlation", { runs: [6] }, /`order` lists `runs`/],
  ["a bound on one run and layer with how", "figure-3-activation", { runs: [6] }, /`over` goes with several/],
  ["a bound on two runs without how", "figure-3-activation", { over: undefined }, /`over` goes with several/],
  ["a close claim on all layers without how", "run-9-correlation", { layer: "all" }, /`over` goes with several/],
  ["a control that there is not", "run-9-correlation", { controls: ["hope"] }, /untrained/],
  ["a list of no controls", "run-9-correlation", { controls: [] }, /controls/],
  ["a contradiction that is not calculated", "run-9-correlation", { contradiction: "opinion" }, /layersBeyondBound/],
  ["a quantity of no run", "figure-3-activation", { runs: [] }, /a quantity is measured on runs/],
  ["an order on all layers", "runs-6-7-correlation", { layer: "all" }, /put in order on one layer/],
  ["an order of one group", "runs-6-7-correlation", { order: [[6, 7]] }, /order/],
  ["an order with an empty group", "runs-6-7-correlation", { order: [[7], [6], []] }, /order/],
  [
    "a value too few for its groups",
    "runs-6-7-correlation",
    { stated: { values: [1], tolerance: 1 } },
    /a value is stated for each group/,
  ],
  ["a run that there is not", "run-9-correlation", { runs: [10] }, /runs/],
  ["a run below none", "run-9-correlation", { runs: [-1] }, /runs/],
  ["half a run", "run-9-correlation", { runs: [0.5] }, /runs/],
  ["no tolerance", "run-9-correlation", { tolerance: 0 }, /tolerance/],
  ["decimals below none", "introduction-model", { decimals: -1 }, /decimals/],
  ["a quote without words", "run-9-correlation", { quote: "" }, /quote/],
  ["an id with capitals", "run-9-correlation", { id: "Run-9" }, /id/],
  ["an id with a space", "run-9-correlation", { id: "run 9" }, /id/],
  ["evidence that is not listed", "run-9-correlation", { evidence: "a friend" }, /no evidence is called a friend/],
  ["an id that is there twice", "run-9-correlation", { id: "run-8-correlation" }, undefined],
] as const)
  test(`the registry is checked: ${what}`, async () => {
    const { claims, ...registry } = (await readJson(claimsFile)) as Registry;
    const changed = claims.map((claim) => (claim.id === id ? { ...claim, ...changes } : claim));
    const file = path.join(folder, "claims.json");
    const all = message ? changed : [...changed, changed[0]];
    await writeFile(file, JSON.stringify({ ...registry, claims: all }));
    await assert.rejects(readRegistry(file), message ?? /two claims have this id/);
  });

test("the registry is checked: no claims at all, and a file that is wrong names how to get it back", async () => {
  const file = path.join(folder, "claims.json");
  await writeFile(file, JSON.stringify({ evidence: {}, claims: [], notCheckable: [] }));
  await assert.rejects(
    readRegistry(file),
    /claims\.json: [\s\S]*claims[\s\S]*Restore the file: git checkout .*claims\.json$/,
  );
});

test("the registry is checked: a sentence that is not checkable without a reason", async () => {
  const { notCheckable, ...registry } = (await readJson(claimsFile)) as Registry;
  const file = path.join(folder, "claims.json");
  await writeFile(file, JSON.stringify({ ...registry, notCheckable: [{ ...notCheckable[0], why: "" }] }));
  await assert.rejects(readRegistry(file), /notCheckable\[0\]\.why/);
});

test("runs in any order are those of an order claim", async () => {
  const { claims, ...registry } = (await readJson(claimsFile)) as Registry;
  const file = path.join(folder, "claims.json");
  const reversed = claims.map((claim) => ({ ...claim, runs: [...claim.runs].reverse() }));
  await writeFile(file, JSON.stringify({ ...registry, claims: reversed }));
  assert.equal((await readRegistry(file)).claims.length, claims.length);
});
