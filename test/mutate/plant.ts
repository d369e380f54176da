import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";
import type { Slip } from "./slips.js";

/** Whether a file still passes the type check with this text: a slip that does not would never be committed. */
export function typeChecker(root: string): (file: string, text: string) => boolean {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(root, "tsconfig.json"), {}, host)!;
  const changed = new Map<string, { version: number; text: string }>();
  const service = ts.createLanguageService({
    getScriptFileNames: () => config.fileNames,
    getScriptVersion: (file) => String(changed.get(file)?.version ?? 0),
    getScriptSnapshot: (file) => {
      const text = changed.get(file)?.text ?? ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => config.options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
  });
  let version = 0;
  return (name, text) => {
    const file = path.join(root, name);
    const original = ts.sys.readFile(file)!;
    changed.set(file, { version: ++version, text });
    const passes = [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].length === 0;
    changed.set(file, { version: ++version, text: original });
    return passes;
  };
}

/** The text of a file with a slip in it. */
export const withSlip = (text: string, { start, before, after }: Slip): string =>
  text.slice(0, start) + after + text.slice(start + before.length);

export type Ending = "passes" | "fails" | "is too slow";

/** A copy of a package to plant in: its own files copied, node_modules linked. */
export interface Plot {
  /** How a test file ends with this text in place of a file's, given so many seconds. */
  endingOf(test: string, limitSeconds: number, planted?: { file: string; text: string }): Promise<Ending>;
  remove(): void;
}

const notCopied = ["node_modules", ".git", "results"];

/** Copies the package at `root` into a temporary folder. Nothing of the package itself is ever changed. */
function plotOf(root: string): Plot {
  const plot = mkdtempSync(path.join(tmpdir(), "snc-mutate-"));
  const folder = path.join(plot, "package");
  mkdirSync(path.join(plot, "temporary"));
  for (const name of readdirSync(root).filter((entry) => !notCopied.includes(entry)))
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "dir");
  return {
    async endingOf(test, limitSeconds, planted) {
      if (planted) write(folder, planted.file, planted.text);
      const ending = await run(folder, test, limitSeconds);
      if (planted) write(folder, planted.file, readFileSync(path.join(root, planted.file), "utf8"));
      return ending;
    },
    remove: () => rmSync(plot, { recursive: true, force: true }),
  };
}

/** Plots for so many slips at a time, and one without; Ctrl-C ends the tests in them and removes them, as `close` does. */
export function openPlots(root: string, jobs: number): { unchanged: Plot; plots: Plot[]; close(): void } {
  const opened: Plot[] = [];
  const remove = (): void => {
    for (const pid of running) endGroup(pid);
    for (const plot of opened) plot.remove();
  };
  const interrupted = (): never => {
    remove();
    process.exit(130);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  while (opened.length < jobs + 1) opened.push(plotOf(root));
  const [unchanged, ...plots] = opened;
  const close = (): void => {
    remove();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  };
  return { unchanged, plots, close };
}

/** Into src/, and into dist/ where the package was built: some tests start processes from there. */
function write(folder: string, file: string, text: string): void {
  writeFileSync(path.join(folder, file), text);
  const built = path.join(folder, file.replace(/^src/, "dist").replace(/\.tsx?$/, ".js"));
  if (!existsSync(built)) return;
  const config = ts.readConfigFile(path.join(folder, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, folder);
  writeFileSync(built, ts.transpileModule(text, { fileName: file, compilerOptions: options }).outputText);
}

const running = new Set<number>();

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {} // it has ended by itself
}

/** Runs a test file in a process group of its own, up to its first failure. */
function run(folder: string, test: string, limitSeconds: number): Promise<Ending> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // or a runner within a test would report to the test
  const temporary = path.join(folder, "..", "temporary"); // what an ended test leaves goes with the copy
  const child = spawn(process.execPath, ["--import", "tsx", "--test-reporter=tap", test], {
    cwd: folder,
    env: { ...env, TMPDIR: temporary },
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const pid = child.pid!;
  running.add(pid);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup(pid);
  }, 1000 * limitSeconds);
  child.stdout.on("data", (text) => /^\s*not ok /m.test(String(text)) && endGroup(pid));
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      clearTimeout(timer);
      endGroup(pid);
      running.delete(pid);
      resolve(isLate ? "is too slow" : code === 0 ? "passes" : "fails");
    });
  });
}
