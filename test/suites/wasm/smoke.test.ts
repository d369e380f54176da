/** WebAssembly, what is used where no compiler is: the smoke profile end to end, against the native backend. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../../helpers/command-line.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-wasm-"));
after(() => rmSync(root, { recursive: true }));

interface Trained {
  backend: { name: string };
  final: Record<string, number>;
}

async function smoke(backend: string): Promise<Trained> {
  const out = path.join(root, backend);
  const ended = await snc(["train", "--profile", "smoke", "--format", "json", "--out", out], { SNC_BACKEND: backend });
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout)[0];
}

test("the smoke profile gives on WebAssembly what it gives on TensorFlow, to 1e-3", async () => {
  const [wasm, native] = [await smoke("wasm"), await smoke("native")];
  assert.equal(wasm.backend.name, "wasm");
  assert.equal(native.backend.name, "native");
  for (const [metric, expected] of Object.entries(native.final))
    assert.ok(
      Math.abs(wasm.final[metric] - expected) <= 1e-3 * Math.abs(expected),
      `${metric}: ${wasm.final[metric]}, ${expected}`,
    );
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
