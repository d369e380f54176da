import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { titledTables } from "../base/markdown.js";
import { lengths } from "../known-features/cells.js";
import type { KnownFeatures } from "../known-features/document.js";
import { type KnownMethod, trainedMethods } from "../known-features/methods.js";
import {
  answerOf,
  cellsOfTrueWidth,
  cellTitle,
  kindsTable,
  knownCells,
  scoresTable,
  worldTable,
} from "../known-features/tables.js";
import { applyOut } from "./experiment-options.js";
import {
  type GlobalOptions,
  nameList,
  numberList,
  printResult,
  reporterFor,
  titledText,
  wholeNumber,
} from "./options.js";
import { pageForTables } from "./page-for-tables.js";
import { stopSignal } from "./stop.js";

interface KnownFeaturesArguments extends GlobalOptions {
  profile: "smoke" | "default";
  methods?: KnownMethod[];
  seed?: number[];
  steps?: number[];
  jobs?: number;
  table?: string;
  out?: string;
}

export const knownFeaturesCommand: CommandModule<GlobalOptions, KnownFeaturesArguments> = {
  command: "known-features",
  describe: "train runs and methods in a made-up world whose true features are known, and show who finds them",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .option("profile", {
        choices: ["smoke", "default"] as const,
        default: "default" as const,
        describe: "size of the world: 64 true features in 32 dimensions, or 256 in 128",
      })
      .option("methods", {
        type: "string",
        requiresArg: true,
        describe: `which to train, of ${trainedMethods.join(",")} (default: all)`,
      })
      .option("seed", {
        type: "string",
        alias: "seeds",
        describe: "seeds (default: 42,43,44 of 1000 steps and 42 of 5000; smoke: 42)",
      })
      .option("steps", {
        type: "string",
        requiresArg: true,
        describe: "lengths of trainings, 1000,5000 (default: both)",
      })
      .option("jobs", { type: "number", describe: "trainings at a time (default: as many as cores and memory allow)" })
      .option("table", {
        type: "string",
        requiresArg: true,
        describe: "write the tables into this Markdown page, between its marks",
      })
      .option("out", { type: "string", requiresArg: true, describe: "folder of the result sets (default: results/)" })
      .coerce({
        jobs: wholeNumber("--jobs"),
        seed: numberList("--seed"),
        steps: lengthList,
        methods: nameList("--methods", trainedMethods),
      })
      .example("snc known-features --profile smoke", "toy scale, to see the figure")
      .example(
        "snc known-features --profile smoke --methods run-0,run-9,top-k --steps 5000",
        "three methods, a minute or two",
      )
      .example("snc known-features", "the default size; stopped with Ctrl-C and called again, it goes on")
      .example("snc known-features --methods run-0,run-9", "two of them; what was trained before is shown beside them")
      .epilogue(
        "Writes known-features.json and figures/known-features into a result set of the world's own. What the world is, and what is " +
          "scored: docs/known-features.md",
      ) as unknown as Argv<KnownFeaturesArguments>,
  async handler(options) {
    const command = "snc known-features --table docs/known-features.md";
    const page = options.table === undefined ? undefined : await pageForTables(options.table, command);
    applyOut(options);
    const { known, folder, figure } = await studyOf(options);
    await page?.write(await study(known));
    printResult(options, { ...known, folder, figure }, () => shown(known));
    const report = reporterFor(options);
    report.line(`results: ${folder}`);
    report.line(`figure: ${figure}`);
  },
};

/** "1000,5000" → these lengths. */
function lengthList(text?: string): number[] | undefined {
  const steps = numberList("--steps")(text);
  const unknown = steps?.find((length) => !lengths.includes(length));
  if (unknown !== undefined) throw new Error(`--steps: expected some of ${lengths.join(",")}, found ${unknown}`);
  return steps;
}

/** Trains and scores what is missing, and draws the figure. */
async function studyOf({ profile, methods, seed: seeds, steps, jobs, ...options }: KnownFeaturesArguments) {
  const { computeKnownFeatures } = await import("../known-features/study.js");
  const { drawnKnownFeatures } = await import("../known-features/drawn.js");
  const { saveFigure } = await import("../figures/save.js");
  const { refreshChecksums } = await import("../experiment/results/result-set.js");
  const how = { methods, seeds, steps, jobs, report: reporterFor(options), signal: stopSignal };
  const { known, folder } = await computeKnownFeatures(profile, how);
  const { id, figure } = drawnKnownFeatures(known);
  const { svg } = await saveFigure(figure, path.join(folder, "figures"), id);
  await refreshChecksums(folder);
  return { known, folder, figure: svg };
}

/** The tables with their titles. */
function tablesOf(known: KnownFeatures): [title: string, rows: string[][]][] {
  const longest = cellsOfTrueWidth(known).at(-1);
  return [
    ["The world", worldTable(known)],
    ...knownCells(known).map((cell): [string, string[][]] => [cellTitle(cell), scoresTable(cell)]),
    ...(longest
      ? [[`By kind of true feature: ${cellTitle(longest)}`, kindsTable(longest)] as [string, string[][]]]
      : []),
  ];
}

const shown = (known: KnownFeatures): string => [titledText(tablesOf(known)), answerOf(known)].join("\n\n");

/** The tables as Markdown, with what they were computed on. */
async function study(known: KnownFeatures): Promise<string> {
  const { chooseBackend } = await import("../backend/choose.js");
  const { name, version, device } = await chooseBackend();
  const { d_in, features, trainVectors, testVectors } = known.world.size;
  const on =
    `${features} true features in ${d_in} dimensions, ${trainVectors} training and ${testVectors} test vectors, true L0 ` +
    `${known.trueL0.toFixed(2)}, ${name} ${version} on ${device}. ${answerOf(known)}.`;
  return [on, titledTables(tablesOf(known))].join("\n\n");
}
