import type { Argv, CommandModule } from "yargs";
import { exitCodes } from "../base/errors.js";
import type { ChangedLeaf, MetricChange, ResultSetDiff } from "../report/diff.js";
import { type GlobalOptions, printResult, table } from "./options.js";

interface DiffArguments extends GlobalOptions {
  a: string;
  b: string;
  only?: (keyof ResultSetDiff)[];
}

/** Kinds of differences, in the order in which they are shown. */
const sectionNames = ["options", "inputs", "environment", "trainings", "metrics", "verdicts"] as const;

/** As diff(1) ends when it finds differences. */
const different = 1;

export const diffCommand: CommandModule<GlobalOptions, DiffArguments> = {
  command: "diff <a> <b>",
  describe: "compare two result sets: options, inputs, environment, metrics, verdicts; exit code 1 if they differ",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("a", {
        type: "string",
        demandOption: true,
        describe: "a result set: its name in results/, or a folder",
      })
      .positional("b", { type: "string", demandOption: true, describe: "another" })
      .option("only", {
        choices: sectionNames,
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "compare only this, as often as needed (default: all)",
      })
      .example("snc diff latest ../other/results/latest", "two checkouts")
      .example("snc diff latest old --only metrics --only verdicts", "the numbers alone, also across machines"),
  async handler(options) {
    const { diffResultSets, readComparedSet } = await import("../report/diff.js");
    const [a, b] = [await readComparedSet(options.a), await readComparedSet(options.b)];
    const all = diffResultSets(a, b);
    const sections = options.only ?? sectionNames;
    const diff = Object.fromEntries(sections.map((section) => [section, all[section]])) as Partial<ResultSetDiff>;
    const isEqual = Object.values(diff).every((list) => list.length === 0);
    printResult(options, { a: a.folder, b: b.folder, equal: isEqual, ...diff }, () => diffText(diff));
    process.exitCode = isEqual ? exitCodes.ok : different;
  },
};

function diffText({ metrics = [], ...lists }: Partial<ResultSetDiff>): string {
  const parts = Object.entries(lists)
    .filter(([, changes]) => changes.length > 0)
    .map(([section, changes]) => table([[section, "A", "B"], ...changes.map(changeRow)]));
  if (metrics.length > 0)
    parts.push(table([["run", "layer", "seed", "metric", "A", "B", "B − A", "relative"], ...metrics.map(metricRow)]));
  return parts.length > 0 ? parts.join("\n\n") : "equal";
}

const missing = "–";
const changeRow = ({ what, a, b }: ChangedLeaf): string[] => [what, String(a ?? missing), String(b ?? missing)];

const metricRow = ({ run, layer, seed, metric, a, b, difference, relative }: MetricChange): string[] => [
  ...[run, layer, seed].map(String),
  metric,
  a?.toPrecision(6) ?? missing,
  b?.toPrecision(6) ?? missing,
  difference?.toPrecision(3) ?? missing,
  relative === null ? missing : `${(100 * relative).toPrecision(3)} %`,
];
