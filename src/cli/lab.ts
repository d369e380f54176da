import { spawn, spawnSync } from "node:child_process";
import { copyFile, mkdtemp, realpath, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { exists, packageFolder, writeJson } from "../base/files.js";
import type { Reporter } from "../base/progress.js";
import { type GlobalOptions, reporterFor } from "./options.js";
import { stopSignal } from "./stop.js";

type LabArguments = GlobalOptions & { folder: string; "--"?: (string | number)[] };

/** `snc lab`: JupyterLab on the notebooks, with their kernel, without installing the kernel for good. */
export const labCommand: CommandModule<GlobalOptions, LabArguments> = {
  command: "lab [folder]",
  describe: "open the notebooks in JupyterLab",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("folder", {
        type: "string",
        default: path.join(packageFolder, "notebooks"),
        defaultDescription: "the package's notebooks",
        describe: "folder of the notebooks",
      })
      .example("snc lab", "working copies of the package's notebooks; edits are kept")
      .example("snc lab results/latest/notebooks", "the same of executed ones")
      .example("snc lab -- --port=9999 --no-browser", "what follows -- goes to jupyter lab")
      .epilogue(
        "The package's notebooks and those of a result set are opened as copies in work/ beside the result sets.",
      ),
  async handler({ folder, quiet, "--": options = [] }) {
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
      await showMarkdown(prefix);
      const opened = await folderToOpen(path.resolve(folder), reporterFor({ quiet }));
      await runLab(opened, prefix, options.map(String));
    } finally {
      await rm(prefix, { recursive: true, force: true });
    }
  },
};

/** The folder itself, or a working copy of it where its notebooks must stay as they are. */
async function folderToOpen(folder: string, report: Reporter): Promise<string> {
  const { resultsFolder } = await import("../experiment/results/result-set.js");
  const real = await realpath(folder).catch((cause) => {
    throw new SncError("usage", `${folder}: expected a folder of notebooks, found ${cause.code}`, { cause });
  });
  const isOfPackage = real === (await realpath(path.join(packageFolder, "notebooks")));
  const set = path.dirname(real);
  const isOfSet = (await exists(path.join(set, "experiment.json"))) && path.basename(real) === "notebooks";
  if (!isOfPackage && !isOfSet) return folder;
  const { refreshWorkingCopies } = await import("../notebook/working-copies.js");
  const copies = path.join(resultsFolder(), "work", isOfSet ? path.basename(set) : "notebooks");
  const behind = await refreshWorkingCopies(real, copies);
  await copyFile(path.join(packageFolder, "notebooks", startPage), path.join(copies, startPage));
  report.line(`working copies: ${copies}`);
  for (const file of behind) report.line(`${file}: your edits are kept; its original has changed since it was copied`);
  return copies;
}

/** The page that JupyterLab opens, beside the copies of notebooks. */
const startPage = "start-here.md";

/** A double click, and the start page, show Markdown as people read it, not its source. */
async function showMarkdown(prefix: string): Promise<void> {
  const settings = { "@jupyterlab/docmanager-extension:plugin": { defaultViewers: { markdown: "Markdown Preview" } } };
  await writeJson(path.join(prefix, "etc", "jupyter", "labconfig", "default_setting_overrides.json"), settings);
}

/** Runs JupyterLab until it ends; Ctrl-C reaches it through the terminal, so here it only ends the waiting. */
async function runLab(folder: string, prefix: string, options: readonly string[]): Promise<void> {
  const { resultsFolder } = await import("../experiment/results/result-set.js");
  const before = (first: string, rest?: string): string => [first, rest].filter(Boolean).join(path.delimiter);
  const start = (await exists(path.join(folder, startPage))) ? [`--LabApp.default_url=/lab/tree/${startPage}`] : [];
  const lab = spawn("jupyter", ["lab", "--notebook-dir", path.resolve(folder), ...start, ...options], {
    stdio: "inherit",
    env: {
      ...process.env,
      JUPYTER_PATH: before(path.join(prefix, "share", "jupyter"), process.env.JUPYTER_PATH),
      JUPYTER_CONFIG_PATH: before(path.join(prefix, "etc", "jupyter"), process.env.JUPYTER_CONFIG_PATH),
      SNC_RESULTS: resultsFolder(), // kernels work in notebooks' folders
    },
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
