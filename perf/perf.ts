/**
 * `npm run perf`: this package against what its user would take instead, on this machine, in one run. Ours and the peer's
 * take turns; the ratio is that of the medians, above 1 when ours is ahead. Keep the machine quiet meanwhile.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import * as tf from "@tensorflow/tfjs";
import { type Backend, chooseBackend } from "../src/backend/choose.js";
import { inputPath, readManifest } from "../src/data/manifest.js";
import { loadDecoder } from "../src/model/decoder.js";
import { paper } from "../src/paper.js";
import { stream } from "../src/random.js";
import { run } from "../src/runs.js";
import { initialParams } from "../src/sae/params.js";
import { initialState } from "../src/sae/state.js";
import { trainStep } from "../src/train.js";
import { pythonWith } from "../test/python-environment.js";
import { startRunners } from "./runner.js";

interface Row {
  name: string;
  peerName: string;
  ours: number;
  peer: number;
  unit: string;
  ratio: number;
  goal: number;
  /** All rounds, in the same unit. */
  oursRange: [number, number];
  peerRange: [number, number];
}

type Measure = () => Promise<number>;
interface Comparison {
  name: string;
  peerName: string;
  unit: "ms" | "tokens/s";
  goal: number;
  ours: Measure;
  peer: Measure;
}

const rounds = 7;
const batchSize = paper.batchSize;

/** Milliseconds of one of our steps of Run 0, `steps` at a time. */
function ourStep(d: number, steps: number): Measure {
  const params = initialParams(d, d, 42);
  const state = initialState(params, {
    lambda1: 0.04,
    tau: 0.1,
    activityWindow: 1000,
    random: stream(0, "rebirth").state(),
  });
  const random = stream(1, "batch");
  const h = tf.tensor2d(
    Float32Array.from({ length: batchSize * d }, () => random.normal() / Math.sqrt(d)),
    [batchSize, d],
  );
  const { method } = run(0);
  return async () => {
    const startedAt = performance.now();
    for (let i = 0; i < steps; i++)
      trainStep(state, method, h, { ...paper.adam, learningRate: 3e-4, warmupSteps: 1000 });
    return (performance.now() - startedAt) / steps;
  };
}

const [batch, length, blocks] = [8, 128, 23];

/** Tokens a second of our decoder through SmolLM2's first 23 blocks, three of them captured. */
async function ourDecoder(): Promise<Measure> {
  const manifest = await readManifest();
  const decoder = await loadDecoder(inputPath(manifest, "smollm2-135m-instruct"), { blocks });
  const random = stream(2, "tokens");
  const tokens = Int32Array.from({ length: batch * length }, () => random.integer(49152));
  return async () => {
    const startedAt = performance.now();
    await decoder.forward(tokens, [batch, length], [6, 14, 22]);
    return (1000 * batch * length) / (performance.now() - startedAt);
  };
}

/** PyTorch in a process of its own; one task at a time. */
async function startPeer(threads: number) {
  const python = await pythonWith(path.join(__dirname, "requirements.txt"));
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    python,
    [path.join(__dirname, "peer.py"), String(threads)],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const lines = createInterface({ input: child.stdout });
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`PyTorch's side ended with ${code}; its message is above`);
  });
  died.catch(() => {}); // heard by whoever waits for an answer
  return {
    async milliseconds(task: string, options: object): Promise<number> {
      child.stdin.write(`${JSON.stringify({ task, options })}\n`);
      const [line] = await Promise.race([once(lines, "line"), died]);
      return JSON.parse(line);
    },
    end: () => child.stdin.end(),
  };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function compare({ name, peerName, unit, goal, ours, peer }: Comparison): Promise<Row> {
  const [mine, theirs]: [number[], number[]] = [[], []];
  await ours(); // warm-up, as the peer's
  for (let round = 0; round < rounds; round++) {
    mine.push(await ours());
    theirs.push(await peer());
  }
  const ratio = unit === "ms" ? median(theirs) / median(mine) : median(mine) / median(theirs);
  const range = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  return {
    name,
    peerName,
    ours: median(mine),
    peer: median(theirs),
    unit,
    ratio,
    goal,
    oursRange: range(mine),
    peerRange: range(theirs),
  };
}

async function main(): Promise<void> {
  const backend: Backend = await chooseBackend();
  const threads = os.availableParallelism();
  const peer = await startPeer(threads);
  const runners = await startRunners();
  const step = (d: number, steps: number): Comparison => ({
    name: `SAE step, Run 0, d_in = d_sae = ${d}, batch ${batchSize}, float32`,
    peerName: "PyTorch",
    unit: "ms",
    goal: 1.1,
    ours: ourStep(d, steps),
    peer: () => peer.milliseconds("saeStep", { d, batch: batchSize, steps }),
  });
  const rows: Row[] = [];
  for (const comparison of [
    step(576, 50),
    step(2304, 8),
    {
      name: `decoder, SmolLM2-135M, ${blocks} blocks, ${batch} sequences of ${length}, float32`,
      peerName: "PyTorch",
      unit: "tokens/s" as const,
      goal: 1,
      ours: await ourDecoder(),
      peer: async () => (1000 * batch * length) / (await peer.milliseconds("decoder", { blocks, batch, length })),
    },
    {
      name: "a notebook of three short cells, from the runner's start to its end",
      peerName: "nbclient",
      unit: "ms" as const,
      goal: 1,
      ours: runners.ours,
      peer: runners.peer,
    },
  ])
    rows.push(await compare(comparison));
  peer.end();
  await runners.end();
  const machine = `${os.cpus()[0]?.model.trim()}, ${threads} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}, ${backend.name} ${backend.version} on ${backend.device}, PyTorch 2.6.0`;
  if (process.argv.includes("json")) process.stdout.write(`${JSON.stringify({ machine, rows }, null, 2)}\n`);
  else {
    const number = (value: number): string => value.toPrecision(3);
    process.stdout.write(
      `${machine}\nmedians of ${rounds} rounds in turn (lowest to highest); ratio above 1: ours is ahead\n`,
    );
    for (const r of rows)
      process.stdout.write(
        `${r.name}\n  ours ${number(r.ours)} ${r.unit} (${r.oursRange.map(number).join(" to ")}), ${r.peerName} ${number(r.peer)} (${r.peerRange.map(number).join(" to ")}), ratio ${r.ratio.toFixed(2)}, goal ${r.goal}\n`,
      );
  }
}

main();
