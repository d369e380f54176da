/**
 * `npm run study:precision`: how far bfloat16 is from float32 on SmolLM2. The residual stream of the test sequences after
 * blocks 6, 14 and 22, by both decoders; and the final metrics of Runs 0 and 9, trained in both precisions, model and
 * autoencoder alike. Prints Markdown tables; stopped and called again it goes on where it was. Options:
 *   --profile smoke|default  --layer N (the profile's middle one)  --seeds N (3)
 *   --write                  puts the tables into docs/paper-scale.md
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { chooseBackend } from "../src/backend/choose.js";
import { type Precision, precisions } from "../src/backend/precision.js";
import { SncError } from "../src/base/errors.js";
import { packageFolder } from "../src/base/files.js";
import { stderrReporter } from "../src/base/progress.js";
import { stopSignal } from "../src/cli/stop.js";
import { inputPath, readManifest } from "../src/data/texts/manifest.js";
import { readTokens } from "../src/data/texts/tokens.js";
import { resultsFolder } from "../src/experiment/results/result-set.js";
import type { TrainingRecord } from "../src/experiment/training/record.js";
import { loadDecoder } from "../src/model/decoder.js";
import { type Profile, profiles } from "../src/profiles.js";
import { deviationTable, metricsTable, relativeDeviations } from "./precision-table.js";
import { printStudy, runStudy, studyOptions, wholeNumber } from "./study.js";

const report = stderrReporter();
const blocks = profiles.default.layers;

interface StudyOptions {
  profile: Profile;
  layer: number;
  seeds: number[];
  write: boolean;
}

function optionsOf(): StudyOptions {
  const { values } = parseArgs({ options: studyOptions });
  const { profile: name, layer, seeds, write } = values;
  if (name !== "smoke" && name !== "default")
    throw new SncError("usage", `--profile: expected smoke or default, found "${name}"`);
  const profile = profiles[name];
  const { layers } = profile;
  return {
    profile,
    layer: layer === undefined ? layers[Math.floor(layers.length / 2)] : wholeNumber("layer", layer),
    seeds: Array.from({ length: wholeNumber("seeds", seeds, 1) }, (_, n) => profile.seeds[0] + n),
    write,
  };
}

/** What `snc` with these arguments prints as JSON: a process has one precision, so each is one of its own. */
async function printedBy(...args: string[]): Promise<unknown> {
  const main = path.join(packageFolder, "dist", "cli", "main.js");
  const child = spawn(process.execPath, [main, ...args, "--format", "json"], {
    stdio: ["ignore", "pipe", "inherit"],
    signal: stopSignal,
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (code !== 0) throw new SncError("internal", `snc ${args.join(" ")}: ended with ${code}; its message is above`);
  return JSON.parse(printed);
}

/** Runs 0 and 9 in this precision, beside the other result sets, so that results/latest stays what it was. */
function trained({ profile, layer, seeds }: StudyOptions, precision: Precision): Promise<TrainingRecord[]> {
  report.line(`trainings in ${precision}`);
  const which = ["--run", "0,9", "--layer", String(layer), "--seed", seeds.join(",")];
  const out = path.join(resultsFolder(), "precision-study");
  const how = ["--profile", profile.name, "--precision", precision, "--out", out];
  return printedBy("train", ...which, ...how) as Promise<TrainingRecord[]>;
}

/** The file of a layer's activations, as `snc activations` prints it; tokens.arrow lies beside it. */
interface Captured {
  layers: { file: string }[];
}

/** After each block, the deviation of every vector of the test sequences but those at position 0 (R21). */
async function deviations({ profile, layer }: StudyOptions): Promise<Map<number, number[]>> {
  const which = ["--profile", profile.name, "--layers", String(layer), "--precision", "float32"];
  const captured = (await printedBy("activations", ...which)) as Captured;
  const folder = path.dirname(captured.layers[0].file);
  const { tokens, split, contextLength } = await readTokens(path.join(folder, "tokens.arrow"));
  const sequences = [...split.keys()].filter((sequence) => split[sequence] === 1);
  await chooseBackend();
  const source = inputPath(await readManifest(), profile.model);
  const load = (precision: Precision) => loadDecoder(source, { blocks: Math.max(...blocks) + 1, precision });
  const [exact, rounded] = [await load("float32"), await load("bfloat16")];
  const { d_in } = exact.config;
  const found = new Map<number, number[]>(blocks.map((block) => [block, []]));
  const bar = report.bar("residual streams", sequences.length, "sequences");
  for (let from = 0; from < sequences.length; from += profile.sequencesPerPass) {
    stopSignal.throwIfAborted();
    const chunk = sequences.slice(from, from + profile.sequencesPerPass);
    const ids = Int32Array.from(chunk.flatMap((i) => [...tokens.subarray(i * contextLength, (i + 1) * contextLength)]));
    const pass = (model: typeof exact) => model.forward(ids, [chunk.length, contextLength], [...blocks]);
    const [a, b] = [pass(exact), pass(rounded)];
    for (const block of blocks)
      found
        .get(block)!
        .push(...relativeDeviations(a.get(block)!, b.get(block)!, d_in).filter((_, at) => at % contextLength > 0));
    bar.advance(chunk.length);
  }
  bar.finish();
  for (const model of [exact, rounded]) model.dispose();
  return found;
}

async function main(): Promise<void> {
  const options = optionsOf();
  const trainings = {} as Record<Precision, TrainingRecord[]>;
  for (const precision of precisions) trainings[precision] = await trained(options, precision);
  const { profile, layer, seeds, write } = options;
  const { backend } = trainings.bfloat16[0];
  const study = [
    `Profile \`${profile.name}\`, test sequences; ${backend.name} ${backend.version} on ${backend.device}.`,
    deviationTable(await deviations(options)),
    `Layer ${layer}, ${profile.steps} steps, ${seeds.length} seeds: mean ± standard deviation, in brackets the difference from float32 in units of it.`,
    metricsTable(trainings),
  ];
  await printStudy(study.join("\n\n"), { page: "paper-scale.md", command: "study:precision", write });
}

runStudy(main);
