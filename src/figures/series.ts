import { SncError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import { type SeriesStyle, seriesStyle, variationStyle } from "./theme.js";

/** Whose a row of a figure is: a run of the paper's, or a variation's. */
export interface RowOfRun {
  /** Of a variation: of the run that it varies. */
  run: number;
  runName: string;
  /** Of a variation: the hash of its method. */
  variation?: string;
}

export const isOfPaper = ({ variation }: RowOfRun): boolean => variation === undefined;

/** A run of the paper, or a variation of one, as a figure shows it. */
export interface Series {
  /** No other series of the figure has it; it groups traces in the legend. */
  id: string;
  run: number;
  name: string;
  isVariation: boolean;
  /** For the legend: "7 local-competition", "gamma-1, of Run 7". */
  label: string;
  /** Where there is little room: "Run 7", "gamma-1". */
  short: string;
  style: SeriesStyle;
}

/** A series in a title: "Run 7 (local-competition)", "gamma-1, of Run 7". */
export const inWords = ({ run, name, isVariation, label }: Series): string =>
  isVariation ? label : `Run ${run} (${name})`;

/** The rows by whose they are: runs by their numbers, behind each its variations by name. Throws for a run with two names. */
export function seriesOf<R extends RowOfRun>(rows: readonly R[]): { series: Series; rows: R[] }[] {
  const groups = [...groupBy(rows, seriesId)].map(([id, of]) => ({ id, rows: of, ...whose(of) }));
  groups.sort((a, b) => a.run - b.run || comparedTexts(a.variation && a.id, b.variation && b.id));
  const variations = groups.filter(({ variation }) => variation !== undefined);
  return groups.map((group) => {
    const { id, run, name, variation } = group;
    const known = { id, run, name, isVariation: variation !== undefined };
    if (!known.isVariation)
      return {
        series: { ...known, label: `${run} ${name}`, short: `Run ${run}`, style: seriesStyle(run) },
        rows: group.rows,
      };
    const isNamesake = variations.filter((other) => other.run === run && other.name === name).length > 1;
    const short = isNamesake ? `${name} (${variation})` : name;
    const style = variationStyle(variations.indexOf(group));
    return { series: { ...known, label: `${short}, of Run ${run}`, short, style }, rows: group.rows };
  });
}

/** What rows of one series have in common, and those of two have not. */
export const seriesId = ({ run, runName, variation }: RowOfRun): string =>
  variation === undefined ? `run-${run}` : `run-${run}-${runName}-${variation}`;

function whose(rows: readonly RowOfRun[]): { run: number; name: string; variation?: string } {
  const names = [...new Set(rows.map(({ runName }) => runName))];
  const [{ run, variation }] = rows;
  if (names.length > 1) throw new SncError("input", `run ${run}: expected one name, found ${names.join(", ")}`);
  return { run, name: names[0], variation };
}

const comparedTexts = (a = "", b = ""): number => (a < b ? -1 : a > b ? 1 : 0);
