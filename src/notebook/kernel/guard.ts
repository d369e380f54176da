import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { packageFolder } from "../../base/files.js";

/** What the kernels of one runner share: a private folder, a mark, and the watchdog that cleans up after the runner. */
export interface Guard {
  folder: string;
  token: string;
  /** Call when the kernel has ended; the last release removes the folder and lets the watchdog go. */
  release(): void;
}

interface Shared {
  folder: string;
  token: string;
  watchdog: ChildProcess;
  users: number;
}

let shared: Shared | undefined;

function privateFolder(): string {
  try {
    return mkdtempSync(path.join(tmpdir(), "snc-"));
  } catch (error) {
    const why = `${tmpdir()}: cannot be written: ${(error as Error).message}. Free space there, or set TMPDIR to another folder`;
    throw new SncError("environment", why, { cause: error });
  }
}

function open(): Shared {
  const folder = privateFolder();
  const token = randomUUID();
  const script = path.join(packageFolder, "dist", "notebook", "kernel", "watchdog.js");
  // In a session of its own, so that neither Ctrl-C nor the end of the terminal reaches it; the pipe is its only tie.
  const watchdog = spawn(process.execPath, [script, token, folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  watchdog.on("error", () => {}); // without it the kernels' own watch of their parent remains
  watchdog.stdin?.on("error", () => {});
  watchdog.unref();
  return { folder, token, watchdog, users: 0 };
}

/** Joins the guard of this process, opening it for the first kernel. */
export function acquireGuard(): Guard {
  shared ??= open();
  const { folder, token } = shared;
  const mine = shared;
  let released = false;
  mine.users++;
  return {
    folder,
    token,
    release() {
      if (released) return;
      released = true;
      if (--mine.users > 0) return;
      if (shared === mine) shared = undefined;
      mine.watchdog.stdin?.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
