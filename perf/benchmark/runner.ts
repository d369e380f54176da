import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { packageFolder } from "../../src/base/files.js";
import { installKernel, kernelspecName } from "../../src/notebook/kernel/kernelspec.js";
import { pythonWith } from "../../test/helpers/python-environment.js";
import type { Comparison } from "./comparison.js";

const notebook = path.join(packageFolder, "test", "fixtures", "notebooks", "ok.ipynb");

/** Milliseconds a program takes from its start to its end. */
async function milliseconds(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  const [code] = await once(spawn(program, args, { env, stdio: ["ignore", "ignore", "inherit"] }), "exit");
  if (code !== 0) throw new Error(`${[program, ...args].join(" ")}: ended with ${code}; its message is above`);
  return performance.now() - startedAt;
}

/** `snc run` against nbclient's `jupyter execute` on one short notebook with the same kernel, as programs started cold. */
export async function runnerComparison(): Promise<Comparison> {
  const requirements = path.join(packageFolder, "test", "suites", "interop", "jupyter-requirements.txt");
  const execute = path.join(path.dirname(await pythonWith(requirements)), "jupyter-execute");
  const folder = await mkdtemp(path.join(tmpdir(), "snc-perf-"));
  await installKernel({ kind: "prefix", folder });
  const env = { ...process.env, JUPYTER_PATH: path.join(folder, "share", "jupyter") };
  const main = path.join(packageFolder, "dist", "cli", "main.js");
  const ours = ["run", "--force", "--quiet", "--out", path.join(folder, "ours"), notebook];
  const theirs = [`--kernel_name=${kernelspecName}`, `--output=${path.join(folder, "theirs.ipynb")}`, notebook];
  return {
    name: "a notebook of three short cells, from the runner's start to its end",
    unit: "ms",
    rounds: 3,
    ours: () => milliseconds(process.execPath, [main, ...ours], env),
    peers: [{ name: "nbclient", goal: 1, measure: () => milliseconds(execute, theirs, env) }],
    end: () => rm(folder, { recursive: true, force: true }),
  };
}
