import { readFile } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../src/base/errors.js";
import { packageFolder, writeFileAtomic } from "../src/base/files.js";
import { spreadOf } from "../src/base/interval.js";
import { type Marks, withBetween } from "../src/base/markdown.js";
import { listenForStop } from "../src/cli/stop.js";
import { type ReadingId, reportedColumns } from "../src/readings.js";

/*
 * What studies share: commands that measure something long, print it as Markdown, and with --write put it into a page of
 * docs/ between marks.
 */

/** What a study that trains can be asked for. */
export const studyOptions = {
  profile: { type: "string", default: "default" },
  layer: { type: "string" },
  seeds: { type: "string", default: "3" },
  write: { type: "boolean", default: false },
} as const;

/** R20 and R21 need activations of their own. */
export const needsCapture = (id: ReadingId): boolean => id === "site" || id === "firstPosition";

/** R18 and R19 choose among what is measured in every training. */
export const isReported = (id: ReadingId): boolean => Object.hasOwn(reportedColumns, id);

/** Starts a study's command: Ctrl-C is heard, an error ends it with its exit code. */
export function runStudy(main: () => Promise<void>): void {
  listenForStop();
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof SncError ? error.message : (error as Error).stack}\n`);
    process.exitCode = error instanceof SncError ? error.exitCode : 70;
  });
}

/** Prints a study; `write`: also puts it into its page. */
export async function printStudy(study: string, to: { page: string; command: string; write: boolean }): Promise<void> {
  process.stdout.write(`${study}\n`);
  if (!to.write) return;
  const page = path.join(packageFolder, "docs", to.page);
  await writeFileAtomic(page, withStudy(await readFile(page, "utf8"), study, to.command));
  process.stderr.write(`${page}: written\n`);
}

/** The marks between which a command's study stands in its page. */
export const marksOf = (command: string): Marks => ({
  begin: `<!-- The study below is written by \`npm run ${command} -- --write\`. -->`,
  end: "<!-- End of the study. -->",
});

/** A page with the text between a study's marks replaced. Throws where it has none. */
export function withStudy(page: string, study: string, command: string): string {
  const marks = marksOf(command);
  const written = withBetween(page, study, marks);
  if (written === undefined) throw new Error(`no place for the study: expected ${marks.begin} and ${marks.end}`);
  return written;
}

/**
 * Mean ± standard deviation over seeds, and in brackets the difference of the mean from that of `base` in units of both
 * standard deviations' root mean square; "=" where every seed's value is that of the base, "–" where one is undefined.
 */
export function cell(values: readonly (number | null)[], base?: readonly (number | null)[]): string {
  if (!defined(values)) return "–";
  if (base && values.length === base.length && values.every((value, seed) => value === base[seed])) return "=";
  const { mean, sd } = spreadOf(values);
  const text = sd ? `${short(mean)} ± ${short(sd, 2)}` : short(mean);
  if (!base || !defined(base)) return text;
  const other = spreadOf(base);
  const unit = Math.sqrt(((sd ?? 0) ** 2 + (other.sd ?? 0) ** 2) / 2);
  const difference = mean - other.mean;
  return unit > 0 ? `${text} (${difference < 0 ? "−" : "+"}${short(Math.abs(difference) / unit, 2)})` : text;
}

const defined = (values: readonly (number | null)[]): values is readonly number[] => !values.includes(null);

/** Rounded to so many digits, without an exponent. */
export const short = (value: number, digits = 3): string =>
  Math.abs(value) >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));

export function wholeNumber(option: string, text: string, least = 0): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new SncError("usage", `--${option}: expected a whole number from ${least} on, found "${text}"`);
}
