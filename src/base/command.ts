import { spawn } from "node:child_process";
import { SncError } from "./errors.js";

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/**
 * Runs a program with these arguments (never through a shell) and returns its standard output. A failure carries the
 * end of what it wrote to standard error; stopping the signal ends it.
 */
export async function runProgram(program: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const child = spawn(program, args, {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
    shell: false,
    windowsHide: true,
  });
  const out: Buffer[] = [];
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk).slice(-4000);
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit, signal) => resolve(exit ?? signal ?? 1));
  }).catch((error: NodeJS.ErrnoException) => {
    if (options.signal?.aborted) throw new SncError("interrupted", `stopped on request: ${program}`);
    const why = error.code === "ENOENT" ? "it is not installed" : error.message;
    throw new SncError("environment", `${program}: could not be started: ${why}`, { cause: error });
  });
  if (code !== 0)
    throw new SncError("environment", `${[program, ...args].join(" ")}: ended with ${code}\n${errors.trim()}`);
  return Buffer.concat(out).toString("utf8");
}

/** Runs npm with the user's own configuration. On Windows npm is a script that only cmd.exe starts. */
export const runNpm = (args: string[], options: CommandOptions = {}): Promise<string> =>
  process.platform === "win32"
    ? runProgram("cmd.exe", ["/d", "/c", "npm", ...args], options)
    : runProgram("npm", args, options);

/** Python's name on this platform. */
export const python = process.platform === "win32" ? "python" : "python3";

/** A word for a POSIX shell, whatever is in it. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
