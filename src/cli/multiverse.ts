import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { titledTables } from "../base/markdown.js";
import type { Claim } from "../claims/claim.js";
import { readRegistry } from "../claims/list.js";
import { testOf } from "../claims/tests.js";
import { strata } from "../multiverse/choices.js";
import type { Multiverse } from "../multiverse/document.js";
import { differencesText } from "../multiverse/plan.js";
import type { Sensitivity } from "../multiverse/sensitivity.js";
import {
  claimsIn,
  idleTable,
  progressText,
  sensitivityTable,
  sharesTable,
  spreadsTable,
} from "../multiverse/tables.js";
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

interface RunArguments extends MultiverseArguments {
  universe?: string[];
  trained: boolean;
  jobs?: number;
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

const planCommand: CommandModule<GlobalOptions, MultiverseArguments> = {
  command: "plan",
  describe: "which universes there are: their choices, how many trainings, what is there",
  builder: (yargs) => common(yargs) as unknown as Argv<MultiverseArguments>,
  async handler(options) {
    applyOut(options);
    const { planMultiverse } = await import("../multiverse/compute.js");
    const { multiverse } = await planMultiverse({ ...options, report: reporterFor(options), signal: stopSignal });
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
    common(yargs)
      .option("universe", { type: "string", array: true, describe: "these alone, by their ids in the plan" })
      .option("trained", { type: "boolean", default: false, describe: "train nothing: ask those that are there" })
      .option("jobs", { type: "number", describe: "trainings at a time (default: as many as cores and memory allow)" })
      .option("table", {
        type: "string",
        requiresArg: true,
        describe: "put the tables into this Markdown page, between the marks that it has",
      })
      .coerce({ jobs: wholeNumber("--jobs") })
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
    const report = reporterFor(options);
    const { multiverse, folder } = await computeMultiverse({
      ...options,
      ...(options.universe && { universes: options.universe }),
      ...{ report, signal: stopSignal },
    });
    const { claims } = await readRegistry();
    const central = distinct(claimsIn(multiverse, claims)).filter(
      ({ weight, kind }) => weight === "central" && kind !== "statement",
    );
    const decided = await decidedOf(multiverse, central);
    for (const figure of await savedCurves(folder, multiverse, central, decided)) report.line(`curve: ${figure}`);
    const tables = tablesOf(multiverse, claims, decided);
    await page?.write(
      [`${multiverse.scope}, layer ${multiverse.layer}. ${progressText(multiverse)}.`, titledTables(tables)].join(
        "\n\n",
      ),
    );
    printResult(options, { ...multiverse, sensitivity: Object.fromEntries(decided) }, () =>
      [titledText(tables), progressText(multiverse)].join("\n\n"),
    );
    report.line(`results: ${folder}`);
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
    const { multiverse, folder } = await planMultiverse({
      ...options,
      report: reporterFor(options),
      signal: stopSignal,
    });
    const { claims } = await readRegistry();
    const known = claimsIn(multiverse, claims);
    const claim = known.find(({ id }) => id === options.claim);
    if (!claim) throw notAsked(options.claim, claims, known);
    const { told } = await import("../multiverse/told.js");
    const decided = await decidedOf(multiverse, [claim]);
    const [figure] = await savedCurves(folder, multiverse, [claim], decided);
    const { data, text } = told(multiverse, claim, decided.get(claim.id));
    printResult(options, { ...data, figure }, () => text);
    reporterFor(options).line(`curve: ${figure}`);
  },
};

function notAsked(id: string, claims: readonly Claim[], known: readonly Claim[]): SncError {
  if (known.length === 0) return new SncError("input", "expected universes, found none. Run: snc multiverse run");
  const why = claims.some((claim) => claim.id === id)
    ? "a claim that the universes do not answer: they train Runs 0, 1, 3, 6, 7 and 9 on one layer"
    : "no claim of this name";
  return new SncError("usage", `${id}: expected one of ${known.map((claim) => claim.id).join(", ")}; found ${why}`);
}

/** The first claim of each test: sentences that ask the same have one curve. */
const distinct = (claims: readonly Claim[]): Claim[] =>
  claims.filter((claim, at) => claims.findIndex((other) => testOf(other) === testOf(claim)) === at);

/** What decides each claim's value over the pooled readings, where there are enough universes to tell. */
async function decidedOf(multiverse: Multiverse, claims: readonly Claim[]): Promise<Map<string, Sensitivity>> {
  const { sensitivityOf } = await import("../multiverse/sensitivity.js");
  const { saidOf } = await import("../multiverse/shares.js");
  const [{ name, choices }] = strata;
  const decided = new Map<string, Sensitivity>();
  for (const { id } of claims) {
    const values = saidOf(multiverse, id, name).flatMap(({ universe, answer: { value } }) =>
      value === null ? [] : [{ choices: universe.choices, value }],
    );
    const by = sensitivityOf(values, choices);
    if (by) decided.set(id, by);
  }
  return decided;
}

/** Draws the curve of each claim into the result set; returns where they lie. */
async function savedCurves(
  folder: string,
  multiverse: Multiverse,
  claims: readonly Claim[],
  decided: ReadonlyMap<string, Sensitivity>,
): Promise<string[]> {
  const { drawnCurve } = await import("../multiverse/drawn.js");
  const { saveFigure } = await import("../figures/save.js");
  const { refreshChecksums } = await import("../experiment/results/result-set.js");
  const saved: string[] = [];
  for (const claim of claims) {
    const { id, figure } = drawnCurve(multiverse, claim, decided.get(claim.id));
    saved.push((await saveFigure(figure, path.join(folder, "figures"), id)).svg);
  }
  await refreshChecksums(folder);
  return saved;
}

const tablesOf = (
  multiverse: Multiverse,
  claims: readonly Claim[],
  decided: ReadonlyMap<string, Sensitivity>,
): [title: string, rows: string[][]][] => [
  ["In how many universes each claim is satisfied", sharesTable(multiverse, claims)],
  ["What decides the central ones", sensitivityTable([...decided].map(([claim, by]) => ({ claim, by })))],
  ["Readings against seeds, and runs with their labels exchanged", spreadsTable(multiverse, claims)],
  ["How often a mechanism stood idle", idleTable(multiverse)],
];

export const multiverseCommand = commandGroup(
  "multiverse",
  "every reading at once: in what share of the defensible readings of the paper does each claim hold?",
  "Which part?",
  [planCommand, runCommand, showCommand],
);
