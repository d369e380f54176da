import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { resolveGiven } from "../../src/experiment/named.js";
import { cachedModel } from "../helpers/cached-model.js";
import { snc } from "../helpers/command-line.js";

/* One experiment by flags, as a file, by a result set and from the library. */

const root = mkdtempSync(path.join(tmpdir(), "snc-experiment-"));
const results = path.join(root, "results");
after(() => rmSync(root, { recursive: true }));
let missing: string | undefined;
before(async () => {
  ({ missing } = await cachedModel());
});

const flags = [
  "--profile",
  "smoke",
  "--steps",
  "2",
  "--sequences",
  "2,1",
  "--expansion",
  "2",
  "--reading",
  "penalty=mean",
];
const spec = {
  profile: "smoke",
  steps: 2,
  sequences: [2, 1] as [number, number],
  expansion: 2,
  readings: { penalty: "mean" },
};
const train = async (...named: string[]) => {
  const ended = await snc(["train", ...named, "--run", "0", "--offline", "--out", results, "--format", "json"]);
  assert.equal(ended.code, 0, ended.stderr);
  const [{ folder, isNew, d_sae }] = JSON.parse(ended.stdout);
  return { set: path.relative(results, folder).split(path.sep)[0], isNew, d_sae, stderr: ended.stderr };
};

test("by flags, as a file, by the result set's name and from the library it is one result set", async (t) => {
  if (missing) return t.skip(missing);
  const byFlags = await train(...flags);
  assert.deepEqual([byFlags.isNew, byFlags.d_sae], [true, 2 * 576]);
  const file = path.join(root, "mine.json");
  writeFileSync(file, JSON.stringify(spec));
  for (const named of [file, byFlags.set, path.join(results, byFlags.set)])
    assert.deepEqual(
      await train("--experiment", named).then(({ set, isNew }) => [set, isNew]),
      [byFlags.set, false],
      named,
    );
  const { resultSet } = await resolveGiven({ ...spec, expansion: undefined, d_sae: 1152 });
  assert.equal(resultSet.name, byFlags.set);
  const kept = JSON.parse(readFileSync(path.join(results, byFlags.set, "experiment.json"), "utf8"));
  assert.deepEqual([kept.steps, kept.sequences, kept.d_sae, kept.readings], [2, [2, 1], 1152, { penalty: "mean" }]);
  assert.notEqual((await train("--experiment", file, "--steps", "3")).set, byFlags.set);
});

test("results/latest moves on until a set is finished; then it stays, which is said", async (t) => {
  if (missing) return t.skip(missing);
  const latest = path.join(results, "latest");
  const [first, second] = [await train(...flags), await train(...flags, "--batch-size", "50")];
  assert.equal(readlinkSync(latest), second.set);
  assert.doesNotMatch(second.stderr, /latest/);
  writeFileSync(path.join(results, second.set, "SHA256SUMS"), "");
  assert.match(
    (await train(...flags)).stderr,
    new RegExp(
      `^results/latest stays at ${second.set}, which is finished; this result set is --experiment ${first.set}$`,
      "m",
    ),
  );
  assert.equal(readlinkSync(latest), second.set);
  const { stderr, stdout } = await snc(["train", ...flags, "--batch-size", "50", "--run", "0", "--out", results]);
  assert.doesNotMatch(stderr + stdout, /latest/);
});

test("a wrong choice is told by its flag, and nothing is written", async () => {
  const refused = async (args: string[], message: RegExp): Promise<void> => {
    const { code, stderr } = await snc(["train", ...args, "--out", path.join(root, "none")]);
    assert.deepEqual([code, existsSync(path.join(root, "none"))], [2, false], stderr);
    assert.match(stderr, message);
  };
  await refused(["--profile", "smoke", "--buffer", "4"], /^--buffer: expected the profile paper, found smoke$/m);
  await refused(["--d-sae", "4", "--expansion", "2"], /^--expansion: expected it or --d-sae, found both$/m);
  await refused(["--d-sae", "0"], /--d-sae: expected a whole number from 1 on, found 0/);
  await refused(["--expansion", "-1"], /expansion/);
  await refused(["--experiment", "nothing-here"], /^nothing-here: expected a profile \(smoke, default, paper\)/m);
  await refused(["--experiment", "smoke", "--profile", "smoke"], /mutually exclusive/);
  await refused(["--column", "v"], /^--column: expected --activations beside it, found none$/m);
  await refused(
    ["--activations", "a.npy", "b.npy", "--layer", "6"],
    /^--layers: expected one for each of 2 files, found 1$/m,
  );
});

test("a link that somebody made to nowhere is replaced", async (t) => {
  if (missing) return t.skip(missing);
  const latest = path.join(results, "latest");
  unlinkSync(latest);
  symlinkSync("gone", latest);
  const { set } = await train(...flags);
  assert.equal(readlinkSync(latest), set);
});
