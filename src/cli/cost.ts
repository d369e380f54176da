import { statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Argv } from "yargs";
import { runProgram } from "../base/command.js";
import { SncError } from "../base/errors.js";
import { cacheFolder, exists } from "../base/files.js";
import { gigabytes } from "../base/progress.js";
import type { Cost } from "../experiment/cost.js";
import { type ExperimentArguments, sizesBy } from "./experiment-options.js";
import { printResult, table } from "./options.js";

export interface CostArguments {
  "dry-run": boolean;
  yes: boolean;
}

export const costArguments = <T>(yargs: Argv<T>): Argv<T & CostArguments> =>
  yargs
    .option("dry-run", {
      type: "boolean",
      default: false,
      describe: "print tokens, FLOPs, bytes, memory and hours from nothing, and compute nothing",
    })
    .option("yes", {
      type: "boolean",
      default: false,
      describe: "go on although disk or memory look too small",
    }) as unknown as Argv<T & CostArguments>;

export interface Choice {
  layers?: number[];
  runs?: number[];
  seeds?: number[];
}

/** What an experiment costs, and what this machine has free. */
export interface Needs extends Cost {
  free: { disk: number; memory: number; gpuMemory: number | null };
}

/** The same with the time it takes. */
interface Estimate extends Needs {
  /** Measured just now: FLOPs a second of products as in the model, and as in a training step. */
  rate: { model: number; training: number };
  /** At the measured rates: products alone, so that it takes longer. */
  hours: { model: number; training: number; measuring: number; total: number };
  device: string;
}

/** The costs of a profile at the size that the options ask for; needs neither the model nor the texts to be there. */
export async function needsOf(options: ExperimentArguments, choice: Choice): Promise<Needs & { shape: Shape }> {
  const [{ chooseBackend }, { costOf, vectorsOf }, { featuresIn }, { runsOf }, { untrainedOf }, { readRegistry }] =
    await Promise.all([
      import("../backend/choose.js"),
      import("../experiment/cost.js"),
      import("../experiment/resolve.js"),
      import("../runs.js"),
      import("../claims/result-set.js"),
      import("../claims/list.js"),
    ]);
  const { spec, profile, readings } = await sizesBy(options);
  const { layers = profile.layers, runs = profile.runs, seeds = profile.seeds } = choice;
  const numbered = (asked: readonly number[]) =>
    runsOf({ readings, pruneEvery: profile.interval }).filter(({ number }) => asked.includes(number));
  // As many as there can be: of claims that hold.
  const { claims } = await readRegistry();
  const controls = untrainedOf(profile, claims, { layers, runs }).map(({ layer, runs: of }) => ({
    layers: [layer],
    runs: numbered(of),
  }));
  const vectors = await vectorsOf(spec, profile);
  const [d_in, d_mlp] = "decoder" in vectors ? [vectors.decoder.d_in, vectors.decoder.d_mlp] : [vectors.d_in, 0];
  const d_sae = featuresIn(spec, d_in);
  const { precision, device } = await chooseBackend(spec.precision);
  const cost = costOf({ profile, vectors, d_sae, precision, layers, seeds, runs: numbered(runs), controls });
  const isGpu = device === "gpu";
  const free = { disk: await freeDisk(), memory: os.freemem(), gpuMemory: isGpu ? await freeGpuMemory() : null };
  const passTokens = profile.sequencesPerPass * profile.contextLength;
  return { ...cost, free, shape: { d_in, d_mlp, d_sae, passTokens, batch: profile.batchSize } };
}

interface Shape {
  d_in: number;
  /** 0 where there is no model. */
  d_mlp: number;
  d_sae: number;
  passTokens: number;
  batch: number;
}

/** Costs by formula, hours by two short measurements. */
async function estimate(options: ExperimentArguments, choice: Choice): Promise<Estimate> {
  const { shape, ...needs } = await needsOf(options, choice);
  const { matMulRate } = await import("../backend/speed.js");
  const rate = {
    model: matMulRate([shape.passTokens, shape.d_in, shape.d_mlp || shape.d_sae]),
    training: matMulRate([shape.batch, shape.d_in, shape.d_sae]),
  };
  const hours = {
    model: needs.flops.model / rate.model / 3600,
    training: needs.flops.training / rate.training / 3600,
    measuring: needs.flops.measuring / rate.model / 3600,
  };
  const cpu = `${os.availableParallelism()} cores of ${os.cpus()[0]?.model.trim() ?? "an unknown CPU"}`;
  const device = needs.free.gpuMemory === null ? cpu : "GPU";
  return { ...needs, rate, hours: { ...hours, total: hours.model + hours.training + hours.measuring }, device };
}

async function freeDisk(): Promise<number> {
  let folder = cacheFolder();
  while (!(await exists(folder))) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Bytes free on the first GPU, as the driver's own tool says; null where it is not there. */
const freeGpuMemory = (): Promise<number | null> =>
  runProgram("nvidia-smi", ["--query-gpu=memory.free", "--format=csv,noheader,nounits"]).then(
    (text) => Number.parseInt(text, 10) * 2 ** 20,
    () => null,
  );

/** What is wanting, each with what is needed and what there is. */
export function shortages({
  diskBytes,
  memoryBytes,
  free,
}: Pick<Needs, "diskBytes" | "memoryBytes" | "free">): string[] {
  const disk = diskBytes.activations + diskBytes.results;
  const memory = memoryBytes.most;
  const lines: string[] = [];
  if (disk > free.disk)
    lines.push(`disk: ${gigabytes(disk)} are needed below ${cacheFolder()}, ${gigabytes(free.disk)} are free`);
  if (free.gpuMemory === null) {
    if (memory > free.memory) lines.push(`memory: ${gigabytes(memory)} are needed, ${gigabytes(free.memory)} are free`);
  } else if (memory > free.gpuMemory)
    lines.push(`GPU memory: ${gigabytes(memory)} are needed, ${gigabytes(free.gpuMemory)} are free`);
  return lines;
}

/** Throws where disk or memory do not suffice, unless the user has said `--yes`. */
export function refuseShortages(needs: Needs, { yes }: Pick<CostArguments, "yes">): void {
  const short = shortages(needs);
  if (short.length === 0 || yes) return;
  throw new SncError(
    "environment",
    `${short.join("\n")}\nSNC_CACHE names another folder; --sequences and --layers ask for less; --yes goes on all the same`,
  );
}

const tera = (flops: number): string => `${(flops / 1e12).toPrecision(3)} TFLOP`;
const time = (hours: number): string =>
  hours < 1 ? `${(60 * hours).toPrecision(2)} min` : `${hours.toPrecision(2)} h`;

/** An estimate for people. */
function costTable(e: Estimate): string {
  return table([
    ["", "model", "training", "measuring", "total"],
    ["tokens, vectors", String(e.modelTokens), String(e.trainedVectors), "", ""],
    ["FLOPs", tera(e.flops.model), tera(e.flops.training), tera(e.flops.measuring), ""],
    ["rate, measured", `${tera(e.rate.model)}/s`, `${tera(e.rate.training)}/s`, "as the model", e.device],
    ["time at this rate", time(e.hours.model), time(e.hours.training), time(e.hours.measuring), time(e.hours.total)],
    [
      "memory at most",
      gigabytes(e.memoryBytes.model),
      gigabytes(e.memoryBytes.training),
      "",
      `${gigabytes(e.memoryBytes.most)} of ${gigabytes(e.free.gpuMemory ?? e.free.memory)} free`,
    ],
    ["disk", gigabytes(e.diskBytes.activations), gigabytes(e.diskBytes.results), "", `${gigabytes(e.free.disk)} free`],
  ]);
}

/** What `--dry-run` does: prints the estimate, then fails where the machine does not suffice. */
export async function dryRun(options: ExperimentArguments & CostArguments, choice: Choice): Promise<void> {
  const estimated = await estimate(options, choice);
  printResult(options, estimated, () => costTable(estimated));
  refuseShortages(estimated, options);
}
