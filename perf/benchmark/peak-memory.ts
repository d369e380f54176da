import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { promisify } from "node:util";
import { chooseBackend } from "../../src/backend/choose.js";
import type { Comparison } from "./comparison.js";
import { startPeer } from "./peer.js";
import { nameOf, ourStep, ourSteps, type StepRow, stepOptions } from "./steps.js";

const sizes = [
  [0, 2304, 2304],
  [9, 2304, 2304],
  [0, 2304, 16384],
  [1, 2304, 16384],
  [9, 2304, 16384],
] as const;

export const peakMemoryRows = (): StepRow[] =>
  sizes.map(([run, d_in, d_sae]) => ({ run, d_in, d_sae, precision: "float32", active: 0.1, steps: 3, peers: [] }));

/** The most memory a process has had that began with nothing and took some steps, ours and PyTorch's. */
export function peakMemoryComparison(row: StepRow): Comparison {
  return {
    name: `peak memory, ${nameOf(row)}`,
    unit: "MB",
    rounds: 1,
    async ours() {
      const { stdout } = await promisify(execFile)(process.execPath, [
        "--import",
        "tsx",
        __filename,
        JSON.stringify(row),
      ]);
      return Number(stdout);
    },
    peers: [
      {
        name: "PyTorch",
        goal: 1,
        async measure() {
          const peer = await startPeer(os.availableParallelism());
          try {
            return (await peer.peakBytes("steps", { library: "PyTorch", ...stepOptions(row) })) / 1e6;
          } finally {
            peer.end();
          }
        },
      },
    ],
  };
}

/** This file as a program: takes a row's steps and prints the megabytes it has had at most. */
async function main(row: StepRow): Promise<void> {
  await chooseBackend();
  const { step } = ourStep(row);
  for (let i = 0; i <= ourSteps(row); i++) step();
  const peak = /VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8")); // getrusage counts the parent's, too
  process.stdout.write(`${(1024 * Number(peak?.[1])) / 1e6}\n`);
}

if (require.main === module) void main(JSON.parse(process.argv[2]));
