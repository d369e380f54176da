import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { unpackWheel } from "../../src/base/wheel.js";
import { countingReporter } from "../helpers/counting-reporter.js";
import { publishWheel } from "../helpers/registry.js";

const root = mkdtempSync(path.join(os.tmpdir(), "snc-wheel-"));
after(() => rmSync(root, { recursive: true }));

const megabyte = "0123456789abcdef".repeat(62_500);

test("of a wheel whose size is known the download is told to its end, in MB; what is wanted is unpacked, nothing else left", async () => {
  const sha256 = await publishWheel(root, "told", { "lib/a.so": megabyte.repeat(3), "lib/b.py": "no" });
  const { report, counted } = countingReporter();
  const folder = path.join(root, "out");
  const wheel = { package: "told", version: "1.0.0", sha256, bytes: 3_000_300 };
  await unpackWheel(wheel, folder, (name) => (name.endsWith(".so") ? path.basename(name) : undefined), { report });
  assert.deepEqual(counted, { total: 3, done: 3, begun: 1, finished: 1 });
  assert.deepEqual(readdirSync(folder), ["a.so"]);
  assert.equal(readFileSync(path.join(folder, "a.so")).length, 3_000_000);
});

test("a wheel with another hash is refused with both, and leaves nothing", async () => {
  const found = await publishWheel(root, "other", { "a.so": "x" });
  const wheel = { package: "other", version: "1.0.0", sha256: "0".repeat(64), bytes: 100 };
  const folder = path.join(root, "refused");
  await assert.rejects(
    unpackWheel(wheel, folder, path.basename),
    new RegExp(`SncError: other-1.0.0.*expected sha256 0{64}, found ${found}`),
  );
  assert.deepEqual(readdirSync(folder), []);
});

test("a stopped download ends at once and leaves nothing", async () => {
  const wheel = { package: "told", version: "1.0.0", sha256: "", bytes: 100 };
  const folder = path.join(root, "stopped");
  await assert.rejects(
    unpackWheel(wheel, folder, path.basename, { signal: AbortSignal.abort() }),
    /stopped on request/,
  );
  assert.ok(!existsSync(folder) || readdirSync(folder).length === 0);
});
