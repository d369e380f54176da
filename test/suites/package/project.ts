/** The package as others get it: packed, and installed into an empty project. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import { runNpm } from "../../../src/base/command.js";
import { packageFolder } from "../../../src/base/files.js";
import { type Ended, endOf } from "../../helpers/command-line.js";

const manifest = require(path.join(packageFolder, "package.json"));
const root = mkdtempSync(path.join(os.tmpdir(), "snc-package-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** A path for a test's own files, gone after the tests of its file. */
export const temporary = (...names: string[]): string => path.join(root, ...names);

/** Packs what is built; returns the tarball. */
export async function pack(): Promise<string> {
  const name = await runNpm(["pack", "--silent", "--pack-destination", root], { cwd: packageFolder });
  return path.join(root, name.trim());
}

/** This process's environment without what a test runner, npm and this repository's settings have put into it. */
const strangers = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE_|SNC_(?!CACHE$)|GITHUB_)/.test(name)),
);

export interface Project {
  folder: string;
  /** Where the package lies in it. */
  installed: string;
  write(file: string, text: string): void;
  /** Runs a program in the project and waits for its end; `node`, or a command of node_modules/.bin. */
  run(command: string, args: string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Runs npm in the project; throws where that fails. */
  npm(...args: string[]): Promise<string>;
  /** Starts such a program without waiting for it. */
  start(command: string, args: string[], env?: NodeJS.ProcessEnv): ReturnType<typeof spawn>;
}

/** A new project with nothing but a package.json in it. */
export function emptyProject(name: string): Project {
  const folder = mkdtempSync(path.join(root, `${name}-`));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name, private: true, version: "1.0.0" }));
  const start: Project["start"] = (command, args, env = {}) => {
    const program = command === "node" ? process.execPath : path.join(folder, "node_modules", ".bin", command);
    return spawn(program, args, { cwd: folder, env: { ...strangers, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  };
  return {
    folder,
    installed: path.join(folder, "node_modules", manifest.name),
    write: (file, text) => writeFileSync(path.join(folder, file), text),
    start,
    npm: (...args) => runNpm([...args, "--no-audit", "--no-fund"], { cwd: folder, env: strangers }),
    run: (command, args, env) => endOf(start(command, args, env)),
  };
}

/** All files below a folder with their sizes and times: equal lists say that nothing was written there. */
export const listing = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${path.relative(folder, file)} ${statSync(file).size} ${statSync(file).mtimeMs}`)
    .sort();
