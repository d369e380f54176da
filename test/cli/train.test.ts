import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";
import { training, variation, writeResultSet } from "../helpers/result-sets.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-train-"));
after(() => rmSync(results, { recursive: true }));
const env = { SNC_RESULTS: results };

const trainings = [training(0, 6, 42, {}), { ...training(1, 6, 42, {}), run: variation(1, "sparse") }];
writeResultSet(path.join(results, "set"), { trainings });
symlinkSync("set", path.join(results, "latest"));

test("snc train --list: the trainings of the newest result set, or of one that is named", async () => {
  const newest = await snc(["train", "--list"], env);
  assert.deepEqual([newest.code, newest.stderr], [0, "result set set, the newest\n"]);
  assert.deepEqual(newest.stdout.split("\n"), [
    "layer  run                              seed  state",
    "6      Run 0 (run 0)                    42    finished",
    "6      Run 0 (baseline)                 43    missing",
    "6      Run 1 (selective-orthogonality)  42    missing",
    "6      Run 1 (selective-orthogonality)  43    missing",
    "6      sparse, of Run 1                 42    finished",
    "",
  ]);
  const named = await snc(["train", "--list", "--experiment", "set", "--format", "json"], env);
  assert.deepEqual([named.code, named.stderr], [0, ""]);
  assert.deepEqual(
    JSON.parse(named.stdout).map(({ state }: { state: string }) => state),
    ["finished", "missing", "missing", "missing", "finished"],
  );
});

test("snc train --list and help load no tensor library", async () => {
  const hook = path.join(results, "hook.cjs");
  writeFileSync(
    hook,
    'process.on("exit", () => console.error(Object.keys(require.cache).filter((file) => /@tensorflow/.test(file)).length));',
  );
  for (const args of [["train", "--list"], ["status", "--help"], ["features", "--help"], ["--help"]]) {
    const { stderr } = await snc(args, { ...env, NODE_OPTIONS: `--require ${hook}` });
    assert.match(stderr, /^0$/m, args.join(" "));
  }
});

for (const [args, message] of [
  [["--set", "inhibit.gamma=1"], "--set: expected one --run beside it, which is varied, found none"],
  [["--run", "6-7", "--set", "inhibit.gamma=1"], "--set: expected one --run beside it, which is varied, found 6,7"],
  [
    ["--run", "7", "--set", "inhibit.gamma"],
    '--set: expected slot.option=value, as in inhibit.gamma=1, found "inhibit.gamma"',
  ],
  [["--run", "7", "--set", "tau.alpha=1", "--set", "tau.alpha=2"], "--set: expected tau.alpha once, found it twice"],
] as const)
  test(`snc train ${args.join(" ")} is a usage error: ${message}`, async () => {
    const { code, stdout, stderr } = await snc(["train", "--profile", "smoke", ...args], env);
    assert.deepEqual([code, stdout, stderr], [2, "", `${message}\n`]);
  });

test("snc train --variation takes one of the specification's, and lists them", async () => {
  const { code, stderr } = await snc(["train", "--profile", "smoke", "--variation", "mine"], env);
  assert.equal(code, 2);
  assert.match(stderr, /^--variation: expected one of the specification's variations \(none\), found "mine"$/m);
});

test("snc train --name without --set names nothing", async () => {
  const { code, stderr } = await snc(["train", "--profile", "smoke", "--run", "7", "--name", "mine"], env);
  assert.equal(code, 2);
  assert.match(stderr, /^--name: expected --set or --method, which make what has this name, found neither$/m);
});
