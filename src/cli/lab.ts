import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { packageFolder } from "../base/files.js";
import type { GlobalOptions } from "./options.js";
import { stopSignal } from "./stop.js";

type LabArguments = GlobalOptions & { folder: string };

/** `snc lab`: JupyterLab on the notebooks, with their kernel, without installing the kernel for good. */
export const labCommand: CommandModule<GlobalOptions, LabArguments> = {
  command: "lab [folder]",
  describe: "open the notebooks in JupyterLab",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs.positional("folder", {
      type: "string",
      default: path.join(packageFolder, "notebooks"),
      defaultDescription: "the package's notebooks",
      describe: "folder to open",
    }),
  async handler({ folder }) {
    const found = spawnSync("jupyter", ["lab", "--version"], { encoding: "utf8" });
    if (found.status !== 0) {
      throw new SncError(
        "environment",
        "jupyter lab: not installed. Run: python3 -m pip install jupyterlab, then: snc lab",
      );
    }
    const { installKernel } = await import("../notebook/kernel/kernelspec.js");
    const prefix = await mkdtemp(path.join(tmpdir(), "snc-lab-"));
    try {
      await installKernel({ kind: "prefix", folder: prefix });
      await runLab(folder, path.join(prefix, "share", "jupyter"));
    } finally {
      await rm(prefix, { recursive: true, force: true });
    }
  },
};

/** Runs JupyterLab until it ends; Ctrl-C reaches it through the terminal, so here it only ends the waiting. */
async function runLab(folder: string, dataFolder: string): Promise<void> {
  const jupyterPath = [dataFolder, process.env.JUPYTER_PATH].filter(Boolean).join(path.delimiter);
  const lab = spawn("jupyter", ["lab", "--notebook-dir", path.resolve(folder)], {
    stdio: "inherit",
    env: { ...process.env, JUPYTER_PATH: jupyterPath },
  });
  stopSignal.addEventListener("abort", () => lab.kill("SIGTERM"), { once: true });
  const [exit, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    lab.once("error", reject);
    lab.once("exit", (...ended) => resolve(ended));
  });
  // Its end by Ctrl-C may be heard here before Ctrl-C itself.
  if (exit === 0 || signal === "SIGINT" || stopSignal.aborted) return;
  const code = exit ?? 128 + constants.signals[signal ?? "SIGTERM"];
  throw new SncError("environment", `jupyter lab: ended with code ${code}`);
}
