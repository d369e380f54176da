import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { trainingFolder, untrainedFolder } from "../../src/experiment/training/folders.js";
import { ensureTrained } from "../../src/experiment/training/training.js";
import { withBackend } from "../helpers/backend.js";
import { snc } from "../helpers/command-line.js";
import { writeResultSet } from "../helpers/result-sets.js";
import { smallSpec } from "../helpers/small-training.js";

withBackend();

const results = mkdtempSync(path.join(tmpdir(), "snc-verify-"));
after(() => rmSync(results, { recursive: true }));
const env = { SNC_RESULTS: results, SNC_CACHE: path.join(results, "cache") };

/** Changes one bit in the middle of a file. */
function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

test("snc status --verify: 0 while every file is what its stage wrote; 5, its name and what to do where one is not", async () => {
  const set = writeResultSet(path.join(results, "a"), { trainings: [], verdicts: { one: "holds" } });
  const apart = path.join(results, "apart"); // in a result set only its own trainings are computed
  await ensureTrained(apart, smallSpec({ steps: 5 }));
  cpSync(path.join(apart, "runs"), path.join(set, "runs"), { recursive: true });
  cpSync(path.join(apart, "runs"), path.join(untrainedFolder(set), "runs"), { recursive: true });
  const folder = trainingFolder(set, 6, 0, 42);
  const verified = async () => {
    const { code, stdout, stderr } = await snc(["status", "a", "--verify", "--format", "json"], env);
    assert.notEqual(stdout, "", stderr);
    const rows: { stage: string; name: string; state: string }[] = JSON.parse(stdout);
    return {
      code,
      stderr,
      files: rows.filter(({ stage }) => stage === "files").map(({ name, state }) => [name, state]),
    };
  };
  const training = path.join("runs", "layer-6", "run-0", "seed-42");
  const whole = await verified();
  assert.equal(whole.code, 0, whole.stderr);
  assert.deepEqual(whole.files, [
    [training, "up to date"],
    [path.join("controls", "untrained", training), "up to date"],
    ["claims.json", "up to date"],
  ]);

  flip(path.join(folder, "weights.safetensors"));
  const changed = await verified();
  assert.equal(changed.code, 5);
  assert.deepEqual(changed.files[0], [training, "changed"]);
  assert.equal(changed.files[1][1], "up to date", "the control's files are its own");
  assert.match(
    changed.stderr,
    /weights\.safetensors: expected sha256 .*, as snc train wrote it.*Delete .* and run: snc train/,
  );

  flip(path.join(trainingFolder(untrainedFolder(set), 6, 0, 42), "metrics.arrow"));
  const control = await verified();
  assert.deepEqual(control.files[1], [path.join("controls", "untrained", training), "changed"]);
  assert.match(control.stderr, /controls\/untrained\/.*metrics\.arrow: expected sha256/);

  const plain = await snc(["status", "a"], env);
  assert.equal(plain.code, 0, "only --verify looks into files that status does not read");
});

for (const file of ["experiment.json", "env.json", "claims.json", "runs/layer-6/run-0/seed-42/run.json"])
  test(`an empty ${file} ends every command that reads it with 5 and its name`, async () => {
    const name = file.replaceAll("/", "-");
    const set = writeResultSet(path.join(results, name), { verdicts: { one: "holds" } });
    writeResultSet(path.join(results, "other"));
    writeFileSync(path.join(set, file), "");
    const commands = [
      ["diff", name, "other"],
      ...(file === "claims.json" ? [["status", name, "--verify"]] : [["status", name]]),
    ];
    for (const command of commands) {
      const { code, stderr } = await snc(command, env);
      assert.equal(code, 5, `${command}: ${stderr}`);
      assert.ok(stderr.includes(`${path.join(set, file)}: expected JSON`), stderr);
    }
  });
