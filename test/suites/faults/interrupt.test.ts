/** Ctrl-C at any point of the main job: nothing half-written, and run again it ends with the bytes of an uninterrupted run. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder, sha256 } from "../../../src/base/files.js";
import { stream } from "../../../src/base/random.js";
import { program } from "../../helpers/paths.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-interrupt-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** A cache of its own, with the inputs of the user's: activations are captured anew, nothing is downloaded. */
function places(name: string): { cache: string; results: string; env: NodeJS.ProcessEnv } {
  const cache = mkdtempSync(path.join(root, `${name}-cache-`));
  for (const kept of ["inputs", "libtensorflow", "addon"])
    symlinkSync(path.join(cacheFolder(), kept), path.join(cache, kept));
  const results = path.join(root, `${name}-results`);
  return { cache, results, env: { ...process.env, SNC_CACHE: cache, SNC_RESULTS: results } };
}

/** Runs a command on the smoke profile; after `milliseconds`, if given, sends it Ctrl-C. Returns its exit code. */
async function atSmoke(command: string, env: NodeJS.ProcessEnv, milliseconds?: number): Promise<number | null> {
  const child = spawn(process.execPath, [program, command, "--profile", "smoke", "--offline"], {
    env,
    stdio: "ignore",
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on("exit", resolve).on("error", reject));
  if (milliseconds !== undefined) await Promise.race([ended, sleep(milliseconds).then(() => child.kill("SIGINT"))]);
  return ended;
}

/** About how much longer the main job takes than activations and trainings alone: moments fall into its notebooks as well. */
const timesTraining = 2.5;

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

/** sha256 of every Arrow table and weights file, by its path without the hashes in folder names. */
const hashes = ({ cache, results }: { cache: string; results: string }): string[] =>
  [path.join(cache, "activations"), results].flatMap((folder) =>
    filesBelow(folder)
      .filter((file) => /\.(arrow|safetensors)$/.test(file) && !file.startsWith("latest"))
      .map((file) => `${file} ${sha256(readFileSync(path.join(folder, file)))}`),
  );

test("interrupted by Ctrl-C at six random moments in a row, then run again: the same bytes", {
  timeout: 2_400_000,
}, async () => {
  // What is compared is captured and trained: that is all that `snc train` does, which spares the notebooks of a second job.
  const whole = places("whole");
  const startedAt = performance.now();
  assert.equal(await atSmoke("train", whole.env), 0);
  const duration = timesTraining * (performance.now() - startedAt);

  const broken = places("broken");
  const random = stream(1, "moments");
  const codes: (number | null)[] = [];
  // Each goes on where the one before was stopped: thirds, so that the six together reach the end.
  for (let i = 0; i < 6; i++)
    codes.push(await atSmoke("reproduce", broken.env, 300 + (random.uniform() * duration) / 3));
  assert.ok(codes.includes(130), `at least one was interrupted: ${codes}`);
  for (const code of codes)
    assert.ok(code === 130 || code === 0, `exit codes are 130 or, when it had ended, 0: ${codes}`);
  const leftOver = [...filesBelow(broken.cache), ...filesBelow(broken.results)].filter((file) => file.endsWith(".tmp"));
  assert.deepEqual(leftOver, [], "no file in the making is left");

  assert.equal(await atSmoke("reproduce", broken.env), 0);
  const found = new Set(hashes(broken)); // and controls and other methods' trainings, which `snc train` does not make
  assert.deepEqual(
    hashes(whole).filter((of) => !found.has(of)),
    [],
  );
});
