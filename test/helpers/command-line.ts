import { type ChildProcess, spawn } from "node:child_process";
import { program } from "./paths.js";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built `snc` with these arguments and waits for its end. */
export async function snc(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, GITHUB_ACTIONS: "", GITHUB_STEP_SUMMARY: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return endOf(child);
}

/** Waits for a process's end: its exit code, and what it wrote to those of its streams that are piped here. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text) => {
    stdout += text;
  });
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  return { code, stdout, stderr };
}
