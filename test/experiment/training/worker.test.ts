import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { packageFolder } from "../../../src/base/files.js";
import { inputsFolder, readManifest } from "../../../src/data/texts/manifest.js";

const cache = mkdtempSync(path.join(tmpdir(), "snc-worker-"));
after(() => rmSync(cache, { recursive: true }));

test("a training process hands a fault of the machine on as one, with its path", async () => {
  process.env.SNC_CACHE = cache;
  const manifest = await readManifest();
  for (const { path: file } of manifest.resources)
    mkdirSync(path.join(inputsFolder(manifest), file), { recursive: true });
  const worker = fork(path.join(packageFolder, "dist", "experiment", "training", "worker.js"), {
    env: { ...process.env, SNC_CACHE: cache, SNC_RESULTS: path.join(cache, "results") },
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  worker.send({ type: "open", experiment: { profile: "smoke", readings: {} } });
  assert.deepEqual(await once(worker, "message").then(([message]) => message), { type: "ready" });
  worker.send({ type: "train", job: { run: 0, layer: 6, seed: 42, force: false } });
  const [answer] = await once(worker, "message");
  worker.kill("SIGTERM");
  await once(worker, "exit");
  assert.equal(answer.type, "failed");
  assert.match(answer.failure, /^(environment|input)$/, answer.message);
  assert.ok(answer.message.includes(inputsFolder(manifest)), answer.message);
});
