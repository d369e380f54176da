import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { cpuLevel } from "../../src/backend/kernels.js";
import { hasNvidiaDriver, wantedBackend } from "../../src/backend/native-files.js";
import { shortcomingOf, warnOf } from "../../src/backend/shortcoming.js";

const variables = ["SNC_BACKEND", "SNC_KERNELS", "SNC_TENSORFLOW"];
const before = variables.map((name) => [name, process.env[name]] as const);
beforeEach(() => {
  for (const name of variables) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
});

const native = { name: "native", device: "cpu", kernels: "x86-64-v3 0123456789ab", passedOver: [] };
const wasm = { name: "wasm", device: "cpu", kernels: "none", passedOver: ["native: it is not set up"] };

test("the best that there is lacks nothing", { skip: hasNvidiaDriver() }, () => {
  assert.equal(shortcomingOf(native), undefined);
  assert.equal(
    shortcomingOf({ ...native, device: "gpu", kernels: "none" }),
    undefined,
    "a GPU needs none of our kernels",
  );
});

test("WebAssembly lacks TensorFlow where that can be had: cost, reason, command; not where it was asked for", () => {
  const found = shortcomingOf(wasm);
  if (wantedBackend() === "wasm") return assert.equal(found, undefined);
  assert.match(found!.what, /WebAssembly.*slower.* within 1 % .*\(native: it is not set up\)/);
  assert.equal(found!.todo, "scripts/setup brings native TensorFlow", "the command of a checkout");
  process.env.SNC_BACKEND = "wasm";
  assert.equal(shortcomingOf(wasm), undefined);
});

test("native TensorFlow lacks kernels that this processor can have; not with SNC_KERNELS=off", (t) => {
  if (cpuLevel() === undefined || hasNvidiaDriver()) return t.skip("no kernels are compiled for this processor");
  const without = { ...native, kernels: "none" };
  assert.match(shortcomingOf(without)!.what, /kernels are not compiled.*takes longer/);
  process.env.SNC_BACKEND = "native"; // asks for TensorFlow, not for slow steps
  assert.match(shortcomingOf(without)!.todo, /compiles them/);
  process.env.SNC_KERNELS = "off";
  assert.equal(shortcomingOf(without), undefined);
});

test("a warning goes to standard error, with what is lacking, what mends it and what silences it; without a lack, nothing does", (t) => {
  if (wantedBackend() === "wasm") return t.skip("nothing is lacking on this platform");
  const write = t.mock.method(process.stderr, "write", () => true);
  warnOf({ ...wasm, name: "node" });
  assert.equal(write.mock.callCount(), 0);
  warnOf(wasm);
  assert.equal(write.mock.callCount(), 1);
  const lines = String(write.mock.calls[0].arguments[0]).trim().split("\n");
  assert.match(lines[0], /^WARNING \(selective-neural-competition\): WebAssembly/);
  assert.deepEqual(lines.slice(1), [
    "  Better: scripts/setup brings native TensorFlow.",
    "  If this is meant, SNC_BACKEND=wasm says so, and this warning goes.",
  ]);
});
