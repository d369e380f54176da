import assert from "node:assert/strict";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { assertNothingLeft, fixture, newFolder, startCli, workFolder } from "../../helpers/runner.js";

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

/** A folder with one program of this name: a shell script. */
async function programFolder(name: string, script: string): Promise<string> {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

const kernelsIn = (data: string): string => path.join(data, "kernels", "snc-tslab", "kernel.json");

test("snc kernel install --user, the default, goes to Jupyter's data folder; a second uninstall has nothing to do", async () => {
  const data = newFolder();
  for (const user of [[], ["--user"]]) {
    const installed = await startCli(["kernel", "install", ...user], { JUPYTER_DATA_DIR: data }).result;
    assert.equal(installed.code, 0, installed.stderr);
    await access(kernelsIn(data));
    const removed = await startCli(["kernel", "uninstall", ...user], { JUPYTER_DATA_DIR: data }).result;
    assert.equal(removed.code, 0, removed.stderr);
    await assert.rejects(access(kernelsIn(data)));
  }
  const again = await startCli(["kernel", "uninstall"], { JUPYTER_DATA_DIR: data }).result;
  assert.match(again.stdout, /was not installed there/);
});

test("snc kernel install --sys-prefix goes to the environment of the Python on the path", async () => {
  const prefix = newFolder();
  const folder = await programFolder("python3", `echo "${prefix}"`);
  const { code, stderr } = await startCli(["kernel", "install", "--sys-prefix"], { PATH: `${folder}:/bin` }).result;
  assert.equal(code, 0, stderr);
  await access(kernelsIn(path.join(prefix, "share", "jupyter")));
  const none = await startCli(["kernel", "install", "--sys-prefix"], { PATH: newFolder() }).result;
  assert.equal(none.code, 6);
  assert.match(none.stderr, /no Python on the path/);
});

test("two places at once are refused", async () => {
  const { code } = await startCli(["kernel", "install", "--user", "--sys-prefix"]).result;
  assert.equal(code, 2);
});

const jupyter = `[ "$2" = --version ] && exit 0
echo "arguments: $*"
for folder in $(echo "$JUPYTER_PATH" | tr : ' '); do echo "kernel: $(ls "$folder/kernels")"; done`;

test("snc lab starts JupyterLab on the folder, with our kernel until it ends", async () => {
  const env = { PATH: `${await programFolder("jupyter", jupyter)}:/usr/bin:/bin`, JUPYTER_PATH: "" };
  const result = await startCli(["lab", workFolder], env).result;
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.stdout, `arguments: lab --notebook-dir ${workFolder}\nkernel: snc-tslab\n`);
  assert.deepEqual(result.filesLeft, []);
});

test("Ctrl-C ends JupyterLab, and snc lab with it", async () => {
  const waiting = `${jupyter}\nexec sleep 60`;
  const env = { PATH: `${await programFolder("jupyter", waiting)}:/usr/bin:/bin`, JUPYTER_PATH: "" };
  const { child, result } = startCli(["lab", workFolder], env);
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  process.kill(-child.pid!, "SIGINT");
  const { code, processesLeft, filesLeft } = await result;
  assert.deepEqual([code, processesLeft, filesLeft], [0, [], []]);
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
