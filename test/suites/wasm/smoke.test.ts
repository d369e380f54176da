/** WebAssembly, what is used where no compiler is: the smoke profile end to end, against the native backend. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { wasmTolerance } from "../../../src/backend/shortcoming.js";
import { snc } from "../../helpers/command-line.js";
import { tableRow } from "../../helpers/table-row.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-wasm-"));
after(() => rmSync(root, { recursive: true }));

interface Trained {
  run: { number: number };
  backend: { name: string };
  seconds: number;
  final: Record<string, number | null>;
}

/** Runs that have every mechanism among them: each has those of the runs before it, and trains for minutes on WebAssembly. */
const runs = [0, 1, 2, 5, 7, 9];

/** Trainings of the smoke profile on a backend, by run. */
async function smoke(backend: string): Promise<Trained[]> {
  const options = ["--run", runs.join(), "--out", path.join(root, backend), "--format", "json"];
  const ended = await snc(["train", "--profile", "smoke", ...options], { SNC_BACKEND: backend });
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout);
}

/**
 * How far a measurement is from the expected one, as a share of it; of one below a hundredth as a share of that: of few pairs
 * above a bound, a single one that rounding moves over it is much.
 */
function apart(found: number | null, expected: number | null): number {
  if (found === expected) return 0;
  if (found === null || expected === null) return Number.POSITIVE_INFINITY;
  return Math.abs(found - expected) / Math.max(Math.abs(expected), 0.01);
}

test("runs of the smoke profile measure on WebAssembly what they do on TensorFlow, within the tolerance that texts name", {
  timeout: 3_600_000,
}, async (t) => {
  const [wasm, native] = [await smoke("wasm"), await smoke("native")];
  const numbers = (trained: readonly Trained[]): number[] => trained.map(({ run }) => run.number);
  assert.deepEqual([numbers(wasm), numbers(native)], [runs, runs]);
  for (const [i, { run, backend, seconds, final }] of native.entries()) {
    assert.deepEqual([wasm[i].backend.name, backend.name], ["wasm", "native"]);
    assert.deepEqual(Object.keys(wasm[i].final), Object.keys(final));
    const [[metric, most]] = Object.keys(final)
      .map((name): [string, number] => [name, apart(wasm[i].final[name], final[name])])
      .sort(([, a], [, b]) => b - a);
    tableRow(t, {
      run: run.number,
      "furthest apart": metric,
      by: most.toExponential(1),
      "seconds on wasm": wasm[i].seconds.toFixed(1),
      "on native": seconds.toFixed(1),
    });
    assert.ok(
      most <= wasmTolerance,
      `Run ${run.number}, ${metric}: ${wasm[i].final[metric]}, expected ${final[metric]}`,
    );
  }
});

test("without a compiler the set-up says aloud that WebAssembly is used, and does not fail", async () => {
  const caches = { SNC_CACHE: path.join(root, "cache"), XDG_CACHE_HOME: path.join(root, "user") };
  const ended = await snc(["doctor", "--fix"], { ...caches, CXX: "no-such-compiler", SNC_BACKEND: "wasm" });
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assert.match(ended.stderr, /cannot be set up: no C\+\+ compiler.*\nGoing on with WebAssembly/);
  assert.match(ended.stdout, /wasm 4\.22\.0 on cpu/);
});

test("a backend that cannot be had is an error that names it, with exit code 6", async () => {
  const ended = await snc(["train", "--profile", "smoke"], { SNC_BACKEND: "node" });
  assert.equal(ended.code, 6);
  assert.match(ended.stderr, /node: .*tfjs-node/);
});
