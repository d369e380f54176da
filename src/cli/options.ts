import type { Argv, CommandModule } from "yargs";
import { type Reporter, silent, stderrReporter } from "../base/progress.js";
import { unequalSeeds } from "../experiment/results/coverage.js";
import type { SavedResultSet } from "../experiment/results/saved.js";

export { textTable as table, titledText } from "../base/text-table.js";

/** The options every command takes. */
export interface GlobalOptions {
  format: "text" | "json" | "ndjson";
  color?: boolean;
  quiet: boolean;
  verbose: boolean;
}

/** How a command tells what it is doing: on standard error, unless `--quiet`. */
export const reporterFor = (options: Pick<GlobalOptions, "quiet">): Reporter =>
  options.quiet ? silent : stderrReporter();

/** The result set that is named, by its name in results/ or its folder; without a name the newest, which is said. */
export async function setOf(options: Pick<GlobalOptions, "quiet"> & { set?: string }): Promise<SavedResultSet> {
  const { latestResultSet, readResultSet } = await import("../experiment/results/saved.js");
  return options.set === undefined ? latestResultSet(reporterFor(options)) : readResultSet(options.set);
}

/** Says on standard error where runs have other seeds than most: results are of the trainings that are there. */
export function sayUnequal(
  options: Pick<GlobalOptions, "quiet">,
  tables: readonly { record: Parameters<typeof unequalSeeds>[0][number] }[],
  profile: { runs: readonly number[]; layers: readonly number[] },
): void {
  const records = tables.map(({ record }) => record);
  const unequal = unequalSeeds(records, profile);
  if (unequal) reporterFor(options).line(`trainings: ${unequal}`);
}

/** Whether to colour what goes to `stream`: `--color`, `--no-color`, else NO_COLOR and whether it is a terminal. */
export const useColor = (
  options: Pick<GlobalOptions, "color">,
  stream: { isTTY?: boolean } = process.stdout,
): boolean => options.color ?? (!process.env.NO_COLOR && stream.isTTY === true);

/**
 * Prints a command's result on standard output: `text` as written, `json` as one document, `ndjson` one value a line.
 */
export function printResult(options: Pick<GlobalOptions, "format">, value: unknown, text: () => string): void {
  if (options.format === "json") process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  else if (options.format === "ndjson")
    for (const row of Array.isArray(value) ? value : [value]) process.stdout.write(`${JSON.stringify(row)}\n`);
  else process.stdout.write(`${text()}\n`);
}

/** A comma-separated list of whole numbers and ranges, "0-2,6" → [0, 1, 2, 6]; for yargs' `coerce`. */
export function numberList(option: string): (text: string | undefined) => number[] | undefined {
  return (text) => {
    if (text === undefined) return undefined;
    const numbers = String(text)
      .split(",")
      .flatMap((part) => {
        const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
        if (from === undefined || Number(to ?? from) < Number(from))
          throw new Error(`${option}: expected whole numbers like 0-2,6, found "${text}"`);
        return Array.from({ length: Number(to ?? from) - Number(from) + 1 }, (_, i) => Number(from) + i);
      });
    return [...new Set(numbers)];
  };
}

/** "run-0,top-k" → these of some names, each once; for yargs' `coerce`. */
export function nameList<T extends string>(option: string, names: readonly T[]): (text?: string) => T[] | undefined {
  return (text) => {
    if (text === undefined) return undefined;
    const given = [...new Set(text.split(",").map((name) => name.trim()))];
    const unknown = given.find((name) => !(names as readonly string[]).includes(name));
    if (unknown !== undefined) throw new Error(`${option}: expected some of ${names.join(",")}, found "${unknown}"`);
    return given as T[];
  };
}

/** A whole number from 1 on; for yargs' `coerce`. */
export function wholeNumber(option: string): <T extends number | undefined>(value: T) => T {
  return (value) => {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return value;
    throw new Error(`${option}: expected a whole number from 1 on, found ${value}`);
  };
}

/** One whole number from 0 on: a run, a layer, a seed; for yargs' `coerce`. */
export function placeNumber(option: string): <T extends number | undefined>(value: T) => T {
  return (value) => {
    if (value === undefined || (Number.isInteger(value) && value >= 0)) return value;
    throw new Error(`${option}: expected one whole number, found ${value}`);
  };
}

/** How many notebooks run side by side. */
export const jobsOption = {
  type: "number",
  default: 1,
  describe: "Notebooks to execute side by side, where none reads what another writes",
  coerce: (value: number): number => wholeNumber("--jobs")(value),
} as const;

/** A command that is nothing without one of these behind it: `snc export croissant`. */
export const commandGroup = (
  command: string,
  describe: string,
  which: string,
  members: readonly object[], // each takes options of its own, which yargs cannot say in one type
): CommandModule<GlobalOptions, GlobalOptions> => ({
  command,
  describe,
  builder(yargs: Argv<GlobalOptions>) {
    for (const member of members) yargs.command(member as never);
    return yargs.demandCommand(1, `${which} See: snc ${command} --help`);
  },
  handler() {}, // one of the members is demanded
});
