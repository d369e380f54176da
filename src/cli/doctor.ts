import { access, constants, opendir, statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { type Backend, chooseBackend } from "../backend/choose.js";
import { wantedBackend } from "../backend/native-files.js";
import { findCompiler, setUpBackend } from "../backend/setup.js";
import { costOfWasm, shortcomingOf } from "../backend/shortcoming.js";
import { python, runNpm, runProgram } from "../base/command.js";
import { SncError } from "../base/errors.js";
import { cacheFolder, exists, howToSetUp, packageFolder } from "../base/files.js";
import type { Reporter } from "../base/progress.js";
import { naming, systemFault } from "../base/system-errors.js";
import { type GlobalOptions, printResult, reporterFor, table, useColor } from "./options.js";
import { stopSignal } from "./stop.js";

interface Check {
  name: string;
  /** missing: something the main job needs · note: worth knowing, works without. */
  state: "ok" | "note" | "missing";
  found: string;
  todo: string;
}

type DoctorOptions = GlobalOptions & { fix: boolean };

export const doctorCommand: CommandModule<GlobalOptions, DoctorOptions> = {
  command: "doctor",
  describe: "show what this machine has, which backend is used and why, and what to do about what is missing",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .option("fix", {
        type: "boolean",
        default: false,
        describe: "first do what snc setup does; where that cannot be done, go on with WebAssembly",
      })
      .example("snc doctor", "look")
      .example("snc doctor --fix", "set up native TensorFlow where it can be had, then look"),
  async handler(options) {
    if (options.fix) await fix(reporterFor(options));
    const checks = await examine();
    printResult(options, checks, () =>
      inColor(
        options,
        table([["", "what", "found", "what to do"], ...checks.map((c) => [c.state, c.name, c.found, c.todo])]),
      ),
    );
    if (checks.some((c) => c.state === "missing"))
      throw new SncError("environment", "something the main job needs is missing: see the rows marked missing");
  },
};

/** The table with the state of each row coloured, on terminals. */
const inColor = (options: GlobalOptions, text: string): string =>
  useColor(options)
    ? text.replace(/^(ok|note|missing)/gm, (state) => `\x1b[${stateColors[state as Check["state"]]}m${state}\x1b[0m`)
    : text;

/** ANSI colours: green, yellow, red. */
const stateColors = { ok: 32, note: 33, missing: 31 } as const;

/** Sets up the backend; where that cannot be, says so aloud and leaves the work to wasm. */
async function fix(report: Reporter): Promise<void> {
  await setUpBackend({ report, signal: stopSignal }).catch((error) => {
    if (stopSignal.aborted) throw stopSignal.reason;
    report.line(`The TensorFlow backend cannot be set up: ${error.message}\nGoing on with WebAssembly: ${costOfWasm}.`);
  });
}

async function examine(): Promise<Check[]> {
  return Promise.all([nodeVersion(), npm(), pip(), compiler(), backend(), built(), cache(), memory(), jupyter()]);
}

const ok = (name: string, found: string): Check => ({ name, state: "ok", found, todo: "" });

/** Old enough to be missing it cannot be here: scripts/need-node.cjs has let it pass. */
const nodeVersion = (): Check => ok("Node.js", process.versions.node);

async function npm(): Promise<Check> {
  const version = await runNpm(["--version"]).catch(() => undefined);
  if (version) return ok("npm", version.trim());
  return { name: "npm", state: "missing", found: "none", todo: "install npm: the text sources are npm packages" };
}

async function pip(): Promise<Check> {
  const version = await runProgram(python, ["-m", "pip", "--version"]).catch(() => undefined);
  if (version) return ok("Python's pip", version.split(" from ")[0].trim());
  const todo = "install Python 3.9 or newer with pip (Debian: apt-get install python3-pip); it fetches two archives";
  return { name: "Python's pip", state: "missing", found: "none", todo };
}

async function compiler(): Promise<Check> {
  if (wantedBackend() !== "native") return ok("C++ compiler", "not needed here");
  const found = await findCompiler().catch(() => undefined);
  if (found) return ok("C++ compiler", (await runProgram(found, ["--version"])).split("\n")[0]);
  const todo = `install g++, then: ${howToSetUp}. Without it WebAssembly is used: ${costOfWasm}`;
  return { name: "C++ compiler", state: "note", found: "none", todo };
}

async function backend(): Promise<Check> {
  const found: Backend | SncError = await chooseBackend().catch((error) => error);
  if (found instanceof Error)
    return { name: "backend", state: "missing", found: found.message, todo: `run: ${howToSetUp}` };
  const why = found.passedOver.length > 0 ? ` because ${found.passedOver.join("; ")}` : "";
  const check = ok("backend", `${found.name} ${found.version} on ${found.device}, own kernels: ${found.kernels}${why}`);
  const lacks = shortcomingOf(found);
  return lacks ? { ...check, state: "note", todo: lacks.todo } : check;
}

async function built(): Promise<Check> {
  if (await exists(path.join(packageFolder, "dist", "index.js"))) return ok("built package", packageFolder);
  return { name: "built package", state: "missing", found: "no dist/", todo: "npm run build" };
}

/** What is free in the cache folder, or where it would be made, and whether it can be written to. */
async function cache(): Promise<Check> {
  return cacheSpace().catch((error: Error) => {
    const todo = "SNC_CACHE names another folder";
    return { name: "cache", state: "missing" as const, found: (systemFault(error) ?? error).message, todo };
  });
}

async function cacheSpace(): Promise<Check> {
  const folder = cacheFolder();
  let existing = folder;
  while (!(await exists(existing))) existing = path.dirname(existing);
  await naming(
    existing,
    opendir(existing).then((found) => found.close()),
  );
  const isWritable = await access(existing, constants.W_OK).then(
    () => true,
    () => false,
  );
  const { bavail, bsize } = await statfs(existing);
  const gigabytes = (bavail * bsize) / 1e9;
  const check = ok("cache", `${folder}, ${gigabytes.toFixed(0)} GB free`);
  if (!isWritable)
    return { ...check, state: "note", todo: "read-only: nothing can be added; SNC_CACHE names another folder" };
  // library 0.7 GB, inputs 0.2 GB, default activations 1.2 GB and as much again while they are assembled
  return gigabytes >= 5 ? check : { ...check, state: "note", todo: "5 GB are needed; SNC_CACHE names another folder" };
}

async function memory(): Promise<Check> {
  const gigabytes = os.totalmem() / 1e9;
  const check = ok("machine", `${os.availableParallelism()} cores, ${gigabytes.toFixed(0)} GB memory`);
  return gigabytes >= 4 ? check : { ...check, state: "note", todo: "4 GB are needed for the default profile" };
}

async function jupyter(): Promise<Check> {
  const version = await runProgram("jupyter", ["--version"]).catch(() => undefined);
  const lab = /jupyterlab\s*:\s*(\S+)/.exec(version ?? "")?.[1];
  if (lab && lab !== "not") return ok("JupyterLab (optional)", lab);
  const todo = "only to open notebooks by hand: pip install jupyterlab, then: snc kernel install && snc lab";
  return { name: "JupyterLab (optional)", state: "note", found: "none", todo };
}
