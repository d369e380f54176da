import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { assertNothingLeft, fixture, newFolder, startCli } from "./runner.js";

test("snc kernel install writes a kernelspec with absolute paths; uninstall removes it", async () => {
  const prefix = newFolder();
  const installed = await startCli(["kernel", "install", "--prefix", prefix]).result;
  assert.equal(installed.code, 0, installed.stderr);
  const folder = path.join(prefix, "share", "jupyter", "kernels", "snc-tslab");
  const spec = JSON.parse(await readFile(path.join(folder, "kernel.json"), "utf8"));
  assert.deepEqual(spec.argv.slice(-1), ["{connection_file}"]);
  for (const program of [spec.argv[0], spec.argv.at(-2)]) {
    assert.ok(path.isAbsolute(program));
    await access(program);
  }
  assert.equal(spec.language, "typescript");
  assert.equal((await startCli(["kernel", "uninstall", "--prefix", prefix]).result).code, 0);
  await assert.rejects(access(folder));
});

test("snc lab without JupyterLab says how to get it and exits with 6", async () => {
  const { code, stderr } = await startCli(["lab"], { PATH: newFolder() }).result;
  assert.equal(code, 6);
  assert.match(stderr, /jupyter lab: not installed\. Run: python3 -m pip install jupyterlab/);
});

test("snc run refuses two notebooks with one name, a copy over its original, and limits that are no numbers", async () => {
  const cases: [args: string[], says: RegExp][] = [
    [[fixture("ok"), path.join(newFolder(), "ok.ipynb")], /would both be written to/],
    [[fixture("ok"), "--out", path.dirname(fixture("ok"))], /would overwrite the notebook/],
    [[fixture("ok"), "--cell-timeout", "soon"], /--cell-timeout: expected seconds above 0/],
    [["--param", "sed=1", fixture("parameters"), "--out", newFolder()], /no parameter sed/],
    [[fixture("ok"), "--tyop"], /tyop/],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await startCli(["run", ...args]).result;
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
  }
  await assertNothingLeft();
});
