import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { program } from "../test/helpers/paths.js";
import { gemma2Shape, writeMadeUpPile, writeRandomGemma } from "./paper-inputs.js";

/*
 * npm run proof:paper [-- --precision bfloat16 --blocks 26 --folder DIR]: the paper's profile at Gemma-2-2B's width without its weights. A random
 * model and made-up texts go the whole way from the command line to trained autoencoders and verdicts, killed once while
 * the model runs and once while an autoencoder is trained. Prints what was found and ends with 1 where it is not as it
 * must be: shapes, peak memory within what `--dry-run` states, results of an uninterrupted run, no verdict at the paper's scale.
 */

const { values } = parseArgs({
  options: {
    blocks: { type: "string", default: String(gemma2Shape.num_hidden_layers) },
    precision: { type: "string", default: "float32" },
    folder: { type: "string", default: path.join(tmpdir(), "snc-paper-proof") },
  },
});
const folder = path.resolve(values.folder);
const layers = [5, 12, 19];
/** A first fill of 32 contexts (4064 vectors) is refilled after 17 of 20 steps, by 8 contexts that have to be captured. */
const size = ["--sequences", "5,1", "--buffer", "32", "--steps", "20"];
const inputs = ["--model-dir", path.join(folder, "model"), "--pile-dir", path.join(folder, "pile")];
const common = ["--profile", "paper", ...inputs, ...size, "--precision", values.precision];
const train = (runs: string): string[] => {
  const which = ["--run", runs, "--layer", layers.join(","), "--seed", "42"];
  return ["train", ...common, ...which, "--jobs", "1"];
};

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The most memory the process has had, by the kernel's count. */
  peakBytes: number;
  seconds: number;
}

/** Runs `snc`; kills it without warning as soon as `isTime`. */
async function snc(name: string, args: string[], isTime?: () => boolean): Promise<Ended> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program, ...args], {
    env: {
      ...process.env,
      SNC_CACHE: path.join(folder, name, "cache"),
      SNC_RESULTS: path.join(folder, name, "results"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr, peakBytes] = ["", "", 0];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
    process.stderr.write(text);
  });
  let ended: [number | null, NodeJS.Signals | null] | undefined;
  child.once("close", (code, signal) => {
    ended = [code, signal];
  });
  for (; !ended; await sleep(20)) {
    peakBytes = Math.max(peakBytes, peakOf(child));
    if (isTime?.()) child.kill("SIGKILL");
  }
  return {
    code: ended[0],
    signal: ended[1],
    stdout,
    stderr,
    peakBytes,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

function peakOf({ pid }: ChildProcess): number {
  try {
    return 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

const anyBelow = (at: string, pattern: RegExp): boolean =>
  existsSync(at) && readdirSync(at, { recursive: true, encoding: "utf8" }).some((file) => pattern.test(file));
const traceOf = (name: string, layer: number): Buffer =>
  readFileSync(path.join(folder, name, "results", "latest", `runs/layer-${layer}/run-9/seed-42/trace.arrow`));
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

let failed = 0;
function check(what: string, isSo: boolean, found: string): void {
  if (!isSo) failed++;
  process.stdout.write(`${isSo ? "ok    " : "FAILED"}  ${what}: ${found}\n`);
}

async function prove(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const shape = { ...gemma2Shape, num_hidden_layers: Number(values.blocks) };
  if (!existsSync(path.join(folder, "model", "model.safetensors.index.json")))
    await writeRandomGemma(path.join(folder, "model"), shape);
  await writeMadeUpPile(path.join(folder, "pile", "00.jsonl"), 12);
  for (const name of ["whole", "killed"]) rmSync(path.join(folder, name), { recursive: true, force: true });

  const dry = await snc("whole", [...train("0,9"), "--dry-run", "--format", "json"]);
  const cost = JSON.parse(dry.stdout);
  const whole = await snc("whole", train("0,9"));
  check("the whole path", whole.code === 0, `exit ${whole.code}, ${whole.seconds.toFixed(0)} s`);
  const records = layers.map((layer) =>
    JSON.parse(
      readFileSync(
        path.join(folder, "whole", "results", "latest", `runs/layer-${layer}/run-9/seed-42/run.json`),
        "utf8",
      ),
    ),
  );
  const shapes = records.map(({ d_in, d_sae, steps }) => `${d_in} × ${d_sae}, ${steps} steps`);
  check(
    "shapes",
    shapes.every((found) => found === "2304 × 2304, 20 steps"),
    shapes.join("; "),
  );
  const passes = whole.stderr.split("\n").filter((line) => /^activations of layer.* in /.test(line));
  check("one pass for all layers, and one refill while training", passes.length === 2, passes.join("; "));
  // A refill needs the model beside what is trained.
  const stated = cost.memoryBytes.most;
  check(
    "peak memory within what is stated",
    whole.peakBytes < stated,
    `${gigabytes(whole.peakBytes)} of ${gigabytes(stated)}`,
  );
  const predicted = 3600 * cost.hours.total;
  process.stdout.write(
    `        ${predicted.toFixed(0)} s predicted from a rate measured before, ${whole.seconds.toFixed(0)} s taken\n`,
  );

  const [cache, results] = [path.join(folder, "killed", "cache"), path.join(folder, "killed", "results")];
  // Run 9 alone: it has every mechanism, and its steps do not depend on Run 0's.
  const again = train("9");
  const first = await snc("killed", again, () => anyBelow(cache, /layer-5.train-00000\.arrow$/));
  check("killed while the model runs", first.signal === "SIGKILL", `after ${first.seconds.toFixed(0)} s`);
  const second = await snc("killed", again, () => anyBelow(results, /layer-12.run-9.*checkpoint\.bin$/));
  check("killed while an autoencoder is trained", second.signal === "SIGKILL", `after ${second.seconds.toFixed(0)} s`);
  const third = await snc("killed", again);
  const goingOn = /layer 12, seed 42: going on from step \d+/.exec(third.stderr)?.[0] ?? "begun again";
  check("run again", third.code === 0 && goingOn.includes("going on"), goingOn);
  const differing = layers.filter((layer) => !traceOf("killed", layer).equals(traceOf("whole", layer)));
  check("the steps of the uninterrupted run", differing.length === 0, differing.join(", ") || "equal bytes");

  const claims = await snc("whole", ["claims", ...common, "--quiet", "--format", "json"]);
  const scope = JSON.parse(claims.stdout).scope;
  check("no verdict at the paper's scale", scope.isPaperScale === false, scope.text);
}

prove().then(
  () => {
    process.exitCode = failed === 0 ? 0 : 1;
  },
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
