import type { Argv, CommandModule } from "yargs";
import { groupBy } from "../base/group-by.js";
import { spreadOf } from "../base/interval.js";
import type { ListedTraining } from "../experiment/results/training-list.js";
import type { MethodSpec, VariationSpec } from "../experiment/spec.js";
import { predecessorOf, runFolder, runInWords } from "../experiment/training/folders.js";
import type { Training } from "../experiment/training/spec.js";
import { type CostArguments, costArguments, dryRun, needsOf, refuseShortages } from "./cost.js";
import {
  type ExperimentArguments,
  experimentArguments,
  experimentBy,
  openExperimentOf,
  sizesBy,
} from "./experiment-options.js";
import { type GlobalOptions, numberList, printResult, table, wholeNumber } from "./options.js";
import { type VariationArguments, variationArguments, variationBy } from "./variation-options.js";

interface TrainArguments extends ExperimentArguments, CostArguments, VariationArguments {
  run?: number[];
  layer?: number[];
  seed?: number[];
  force: boolean;
  jobs?: number;
  list: boolean;
}

export const trainCommand: CommandModule<GlobalOptions, TrainArguments> = {
  command: "train",
  describe: "train sparse autoencoders on the activations; finished trainings are loaded, broken-off ones go on",
  builder: (yargs: Argv<GlobalOptions>) =>
    variationArguments(costArguments(experimentArguments(yargs)))
      .option("run", { type: "string", describe: "runs 0 to 9, for example 0-3,9 (default: the profile's)" })
      .option("layer", {
        type: "string",
        alias: "layers",
        describe: "blocks counted from 0, for example 6,14,22; with --activations, which layer each file is",
      })
      .option("seed", { type: "string", describe: "seeds, for example 42,43,44" })
      .option("jobs", { type: "number", describe: "trainings at a time (default: as many as cores and memory allow)" })
      .coerce({
        jobs: wholeNumber("--jobs"),
        run: numberList("--run"),
        layer: numberList("--layer"),
        seed: numberList("--seed"),
      })
      .option("force", { type: "boolean", default: false, describe: "train again although nothing has changed" })
      .option("list", {
        type: "boolean",
        default: false,
        describe: "list the trainings of the result set: finished, in the making, missing; train none",
      })
      .example("snc train --profile smoke", "Runs 0 to 9 on layer 6 in a minute")
      .example("snc train --run 0-9 --layer 14 --seed 42", "every run of the paper at the middle layer")
      .example(
        "snc train --run 7 --set inhibit.gamma=1 --set neighbours.rMax=16 --name gamma-1",
        "a variation of Run 7; called again, it goes on where it was",
      )
      .example(
        "snc train --method batch-top-k --k 32 --layer 14",
        "another method on the same vectors, initial weights and batches",
      )
      .example("snc train --list", "what of the newest result set is there, runs and variations"),
  async handler(options) {
    if (options.list) return listOf(options);
    const variation = await variationBy(options);
    const chosen = { layers: options.layer, runs: options.run, seeds: options.seed };
    if (options["dry-run"]) return dryRun(options, chosen);
    const isNew = variation && (await differsFromRuns(options, variation));
    const also = isNew ? { variations: [variation] } : undefined;
    const experiment = await openExperimentOf(options, { also });
    if (experiment.profile.inputs === "local") refuseShortages(await needsOf(options, chosen), options);
    const trainings = await experiment.trainAll({
      ...chosen,
      ...(variation && { runs: [variation] }),
      force: options.force,
      jobs: options.jobs,
    });
    printResult(options, trainings.map(trainingRow), () => trainingTable(trainings));
  },
};

/**
 * Whether this is no run of the paper: `relu` at its λ₁ is Run 0. What does not fit the run that it is of is told before anything is
 * written down.
 */
async function differsFromRuns(options: ExperimentArguments, variation: VariationSpec | MethodSpec): Promise<boolean> {
  const { paperRun } = await import("../experiment/paper-run.js");
  const { featuresIn } = await import("../experiment/resolve.js");
  const { methodRun, variationOf } = await import("../experiment/variation.js");
  const { spec, ...sizes } = await sizesBy(options);
  // How wide vectors of one's own are is not known before they are opened.
  const d_sae = spec.activations ? Number.MAX_SAFE_INTEGER : featuresIn(spec, sizes.profile.d_in);
  const run =
    "set" in variation
      ? variationOf(paperRun(sizes, variation.run), variation)
      : methodRun(paperRun(sizes, 0), variation, { ...sizes.profile, d_sae });
  return run.variation !== undefined;
}

/** What a command prints of a training for machines. */
export const trainingRow = ({ folder, record, isNew }: Training) => ({ folder, isNew, ...record });

const columns = {
  loss: "loss",
  FVE: "fractionVarianceExplained",
  L0: "l0",
  "mean |cos|": "meanActivationCosine",
  "by chance": "nullActivationCosine",
  utilization: "utilizationImportance",
  pruned: "pruned",
} as const;

/** The last metrics of trainings, for people: a row for each layer and run, the mean and the spread (sd) over its seeds. */
export function trainingTable(trainings: Training[]): string {
  const groups = groupBy(trainings, ({ record: { layer, run } }) => `${layer} ${runFolder(run)}`);
  return table([
    ["layer", "run", "seeds", "seconds", ...Object.keys(columns), ""],
    ...[...groups.values()].map((group) => {
      const [{ record }] = group;
      return [
        String(record.layer),
        record.run.variation === undefined ? `${record.run.number} ${record.run.name}` : runInWords(record.run),
        group.map((training) => training.record.seed).join(","),
        group.every(({ isNew }) => isNew)
          ? meanAndSpread(group.map((training) => training.record.seconds))
          : "unchanged",
        ...Object.values(columns).map((column) =>
          meanAndSpread(group.map((training) => training.record.final[column])),
        ),
        sameAsBefore(group),
      ];
    }),
  ]);
}

function meanAndSpread(values: (number | null | undefined)[]): string {
  const known = values.filter((value) => typeof value === "number");
  if (known.length === 0) return "–";
  const { mean, sd } = spreadOf(known);
  return sd === null ? mean.toPrecision(4) : `${mean.toPrecision(4)} ± ${sd.toPrecision(2)}`;
}

/** How many of the trainings took exactly the steps of the run before, or varied: what did nothing must say so. */
function sameAsBefore(group: Training[]): string {
  const same = group.filter(({ record }) => record.flags.identicalToPredecessor).length;
  return same === 0 ? "" : `the steps of Run ${predecessorOf(group[0].record.run)} (${same} of ${group.length})`;
}

/** What `--list` does: every training of the result set that the options name, or of the newest; loads no tensor library. */
async function listOf(options: TrainArguments): Promise<void> {
  const { listTrainings } = await import("../experiment/results/training-list.js");
  const { spec, folder } = await experimentBy(options);
  const listed = await listTrainings(folder, spec);
  const progress = ({ step, steps }: ListedTraining): string =>
    step === null ? "" : `checkpoint at step ${step} of ${steps}`;
  printResult(options, listed, () =>
    table([
      ["layer", "run", "seed", "state", ""],
      ...listed.map((of) => [String(of.layer), runInWords(of.run), String(of.seed), of.state, progress(of)]),
    ]),
  );
}
