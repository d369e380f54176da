/**
 * A process of its own that outlives the runner: when the pipe on its standard input closes, for whatever reason, it
 * ends every process that carries the runner's mark and removes the runner's temporary folder.
 * Usage: node watchdog.js TOKEN FOLDER
 */
import { rmSync } from "node:fs";
import { endMarkedProcesses } from "./processes.js";

const [token, folder] = process.argv.slice(2);

async function cleanUp(): Promise<void> {
  await endMarkedProcesses(token);
  rmSync(folder, { recursive: true, force: true });
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.stdin.on("error", () => {});
process.stdin.on("close", () => void cleanUp());
process.stdin.resume();
