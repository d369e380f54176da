import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { titledTables } from "../base/markdown.js";
import type { Claim } from "../claims/claim.js";
import { readRegistry } from "../claims/list.js";
import { readReadingsStudy } from "../claims/readings-study.js";
import { strata } from "../multiverse/choices.js";
import type { Multiverse } from "../multiverse/document.js";
import { differencesText } from "../multiverse/plan.js";
import { claimsIn, multiverseTables, progressText } from "../multiverse/tables.js";
import { applyOut } from "./experiment-options.js";
import {
  commandGroup,
  type GlobalOptions,
  printResult,
  reporterFor,
  table,
  titledText,
  wholeNumber,
} from "./options.js";
import { pageForTables } from "./page-for-tables.js";
import { stopSignal } from "./stop.js";

interface MultiverseArguments extends GlobalOptions {
  profile: "smoke" | "default";
  count?: number;
  seed: number;
  out?: string;
}

interface TrainArguments extends MultiverseArguments {
  universe?: string[];
  jobs?: number;
}

interface RunArguments extends TrainArguments {
  trained: boolean;
  table?: string;
}

const common = <T>(yargs: Argv<T>) =>
  yargs
    .option("profile", {
      choices: ["smoke", "default"] as const,
      default: "default" as const,
      describe: "how large each training is",
    })
    .option("count", { type: "number", describe: "universes (default: 200, at smoke 12)" })
    .option("seed", { type: "number", default: 1, describe: "of the draw of universes" })
    .option("out", { type: "string", requiresArg: true, describe: "folder of the result sets (default: results/)" })
    .coerce({ count: wholeNumber("--count") });

/** What of the universes is trained, and how many at a time. */
const work = <T>(yargs: Argv<T>) =>
  common(yargs)
    .option("universe", { type: "string", array: true, describe: "these alone, by their ids in the plan" })
    .option("jobs", { type: "number", describe: "trainings at a time (default: as many as cores and memory allow)" })
    .coerce({ jobs: wholeNumber("--jobs") });

/** A command's options as the library takes them. */
const optionsOf = ({ profile, universe, ...options }: TrainArguments) => ({
  ...{ ...options, experiment: profile },
  ...(universe && { universes: universe }),
  ...{ report: reporterFor(options), signal: stopSignal },
});

const planCommand: CommandModule<GlobalOptions, MultiverseArguments> = {
  command: "plan",
  describe: "which universes there are: their choices, how many trainings, what is there",
  builder: (yargs) => common(yargs) as unknown as Argv<MultiverseArguments>,
  async handler(options) {
    applyOut(options);
    const { planMultiverse } = await import("../multiverse/compute.js");
    const { multiverse } = await planMultiverse(optionsOf(options));
    printResult(options, multiverse, () =>
      [
        table([
          ["universe", "part", "seeds", "what differs from the default"],
          ...multiverse.universes.map((of) => [of.id, of.stratum, of.seeds.join(","), differencesText(of)]),
        ]),
        ...strata.map(({ name, describes }) => `${name}: ${describes}`),
        progressText(multiverse),
      ].join("\n"),
    );
  },
};

const runCommand: CommandModule<GlobalOptions, RunArguments> = {
  command: "run",
  describe: "train what is missing of the universes, and ask each of them the paper's claims",
  builder: (yargs) =>
    work(yargs)
      .option("trained", { type: "boolean", default: false, describe: "train nothing: ask those that are there" })
      .option("table", {
        type: "string",
        requiresArg: true,
        describe: "put the tables into this Markdown page, between the marks that it has",
      })
      .example("snc multiverse run --profile smoke", "twelve universes at toy scale")
      .example("snc multiverse run", "200; stopped with Ctrl-C and called again, it goes on")
      .epilogue(
        "Writes multiverse.json and a curve of each central claim into the default's result set. Universes share trainings that their " +
          "choices do not reach. What is pooled, and why: docs/multiverse.md",
      ) as unknown as Argv<RunArguments>,
  async handler(options) {
    const command = "snc multiverse run --table docs/multiverse.md";
    const page = options.table === undefined ? undefined : await pageForTables(options.table, command);
    applyOut(options);
    const { computeMultiverse } = await import("../multiverse/compute.js");
    const { centralOf } = await import("../multiverse/decided.js");
    const { multiverse, folder } = await computeMultiverse(optionsOf(options));
    const { claims } = await readRegistry();
    const report = reporterFor(options);
    for (const curve of await savedCurves(folder, multiverse, centralOf(multiverse, claims)))
      report.line(`curve: ${curve}`);
    const tables = multiverseTables(multiverse, claims);
    await page?.write(`${scopeText(multiverse)}\n\n${titledTables(tables)}`);
    printResult(options, multiverse, () => [titledText(tables), progressText(multiverse)].join("\n\n"));
    report.line(`results: ${folder}`);
  },
};

const scopeText = (of: Multiverse): string => `${of.scope}, layer ${of.layer}. ${progressText(of)}.`;

const trainCommand: CommandModule<GlobalOptions, TrainArguments> = {
  command: "train",
  describe: "train what is missing of the universes, and ask nothing: for jobs side by side, here or on a cluster",
  builder: (yargs) =>
    work(yargs)
      .example("snc multiverse train --universe 40c3bfa1", "one universe: run asks it later")
      .example(
        "snc workflow snakemake --multiverse",
        "a Snakefile that trains each universe in a job",
      ) as unknown as Argv<TrainArguments>,
  async handler(options) {
    applyOut(options);
    const { trainUniverses } = await import("../multiverse/compute.js");
    const universes = await trainUniverses(optionsOf(options));
    printResult(options, universes, () => `${universes.length} universes: trained, or diverged`);
  },
};

interface ShowArguments extends MultiverseArguments {
  claim: string;
}

const showCommand: CommandModule<GlobalOptions, ShowArguments> = {
  command: "show <claim>",
  describe: "one claim in every universe that is there: where it holds, and what decides it",
  builder: (yargs) =>
    common(yargs)
      .positional("claim", { type: "string", demandOption: true, describe: "by its id: snc claims lists them" })
      .example(
        "snc multiverse show abstract-sparsity",
        "in what share of the readings does it hold?",
      ) as unknown as Argv<ShowArguments>,
  async handler(options) {
    applyOut(options);
    const { planMultiverse } = await import("../multiverse/compute.js");
    const { multiverse, folder } = await planMultiverse(optionsOf(options));
    const { claims } = await readRegistry();
    const known = claimsIn(multiverse, claims);
    const claim = known.find(({ id }) => id === options.claim);
    if (!claim) throw notAsked(options.claim, claims, known);
    const { told } = await import("../multiverse/told.js");
    const study = await readReadingsStudy(options.profile);
    const { data, text } = told(multiverse, claim, study?.scope === multiverse.scope ? study : undefined);
    const [curve] = await savedCurves(folder, multiverse, [claim]);
    printResult(options, { ...data, curve }, () => text);
    reporterFor(options).line(`curve: ${curve}`);
  },
};

function notAsked(id: string, claims: readonly Claim[], known: readonly Claim[]): SncError {
  if (known.length === 0) return new SncError("input", "expected universes, found none. Run: snc multiverse run");
  const why = claims.some((claim) => claim.id === id)
    ? "a claim that the universes do not answer: they train Runs 0, 1, 3, 6, 7 and 9 on one layer"
    : "no claim of this name";
  return new SncError("usage", `${id}: expected one of ${known.map((claim) => claim.id).join(", ")}; found ${why}`);
}

/** Draws the curve of each claim into the result set; returns where they lie. */
async function savedCurves(folder: string, multiverse: Multiverse, claims: readonly Claim[]): Promise<string[]> {
  const { drawnCurve } = await import("../multiverse/drawn.js");
  const { saveFigure } = await import("../figures/save.js");
  const { refreshChecksums } = await import("../experiment/results/result-set.js");
  const saved: string[] = [];
  for (const claim of claims) {
    const { id, figure } = drawnCurve(multiverse, claim);
    saved.push((await saveFigure(figure, path.join(folder, "figures"), id)).svg);
  }
  await refreshChecksums(folder);
  return saved;
}

export const multiverseCommand = commandGroup(
  "multiverse",
  "every reading at once: in what share of the defensible readings of the paper does each claim hold?",
  "Which part?",
  [planCommand, runCommand, trainCommand, showCommand],
);
