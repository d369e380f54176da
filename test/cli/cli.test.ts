import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { numberList } from "../../src/cli/options.js";
import { snc } from "../helpers/command-line.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-cli-"));
after(() => rmSync(root, { recursive: true }));
const empty = { SNC_CACHE: path.join(root, "cache"), SNC_RESULTS: path.join(root, "results") };

test("numbers are listed one by one or as ranges", () => {
  const parse = numberList("--run");
  assert.deepEqual(parse("0-2,6"), [0, 1, 2, 6]);
  assert.deepEqual(parse("3,3"), [3]);
  for (const wrong of ["", "a", "3-1", "1.5", "-1"]) assert.throws(() => parse(wrong), /--run: expected whole numbers/);
});

const usage: [string[], RegExp][] = [
  [[], /Which command/],
  [["trian"], /Did you mean train/],
  [["train", "--layer-s", "6"], /Unknown argument.*layer-s/],
  [["train", "--profile", "huge"], /Invalid values:[\s\S]*smoke/],
  [["train", "--run", "x"], /--run: expected whole numbers like 0-2,6, found "x"/],
  [["train", "--profile", "smoke", "--run", "12"], /--run: expected whole numbers from 0 to 9, found 12/],
  [["train", "--reading", "importance"], /--reading: expected id=value/],
  [["train", "--reading", "important=rms"], /reading "important": expected one of correlation, pairCount/],
  [["train", "--reading", "importance=l2"], /reading importance: expected one of batchL2, meanAbs/],
  [["reproduce", "--seeds", "x"], /--seeds: expected a whole number/],
  [["reproduce", "--jobs", "0"], /--jobs: expected a whole number from 1 on, found 0/],
  [
    ["run", "notebooks/run-0-baseline.ipynb", "--param", 'readings={"importance":"l2"}'],
    /reading importance: expected one of batchL2, meanAbs, rms, decoderNorm, frequency, found "l2"/,
  ],
  [["run", "a.ipynb", "--jobs", "x"], /--jobs: expected a whole number from 1 on, found NaN/],
  [["export"], /Which form/],
  [["export", "zip"], /Unknown argument: zip/],
  [["diff", "a"], /Not enough non-option arguments/],
];
for (const [args, message] of usage)
  test(`snc ${args.join(" ")}: a usage error says what was expected, exit code 2`, async () => {
    const ended = await snc(args, empty);
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, message);
    assert.doesNotMatch(ended.stderr, /\n\s+at /, "no stack");
    assert.equal(ended.stdout, "", "results alone go to standard output");
  });

test("inputs that are missing and must not be fetched end with exit code 5 and the next command", async () => {
  const ended = await snc(["train", "--profile", "smoke", "--offline"], empty);
  assert.equal(ended.code, 5, ended.stderr);
  assert.match(ended.stderr, /SmolLM2-135M-Instruct.*\.gguf: missing[\s\S]*snc inputs fetch/);
});

test("the paper's profile says which weights it needs and where to put them", async () => {
  const ended = await snc(["reproduce", "--profile", "paper"], empty);
  assert.equal(ended.code, 5, ended.stderr);
  assert.match(ended.stderr, /models\/gemma-2-2b: expected Gemma-2-2B \(config\.json[\s\S]*--model-dir/);
});

test("every command that is listed explains itself with examples, by its own name", async () => {
  const listed = [...(await snc(["--help"])).stdout.matchAll(/^ {2}snc ([a-z-]+)/gm)].map(([, name]) => name);
  assert.ok(listed.length > 20, listed.join(", "));
  for (const command of listed) {
    const { code, stdout } = await snc([command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^snc ${command}\\b`), command);
    assert.match(stdout, /^(Examples|Commands):$/m, command);
  }
});

test("doctor's table is coloured when asked to and only then", async () => {
  const green = "\u001b[32mok";
  assert.ok((await snc(["doctor", "--color"])).stdout.includes(green));
  assert.ok(!(await snc(["doctor"])).stdout.includes("\u001b"));
});

test("doctor as JSON is one document of checks", async () => {
  const checks: { name: string; state: string }[] = JSON.parse((await snc(["doctor", "--format", "json"])).stdout);
  assert.equal(checks.find((check) => check.name === "backend")?.state, "ok");
});
