import { groupBy } from "../base/group-by.js";
import { type Spread, spreadOf } from "../base/interval.js";
import { firstActedText } from "../experiment/results/first-acted.js";
import type { TrainingRecord } from "../experiment/training/record.js";
import { describeFlags } from "../measure/idle.js";

/** The last metrics of a run on a layer, over its seeds. */
export interface RunSummary {
  run: TrainingRecord["run"];
  layer: number;
  seeds: number[];
  /** By column of metrics.arrow; null where the run has none. */
  final: Record<string, Spread | null>;
  /** In how many of its trainings it took exactly the steps of the run before. */
  sameSteps: number;
  /** The step at which it first did something other than the run before, in words. */
  firstActed: string;
  seconds: number;
}

/** A row for each layer and run, in this order. */
export function runSummaries(records: readonly TrainingRecord[]): RunSummary[] {
  return [...groupBy(records, ({ layer, run }) => `${layer} ${run.number}`).values()].map((group) => {
    const [{ run, layer, final }] = group;
    return {
      run,
      layer,
      seeds: group.map(({ seed }) => seed),
      final: Object.fromEntries(Object.keys(final).map((column) => [column, lastOf(group, column)])),
      sameSteps: group.filter(({ flags }) => flags.identicalToPredecessor).length,
      firstActed: firstActedText(group),
      seconds: group.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  });
}

function lastOf(group: readonly TrainingRecord[], column: string): Spread | null {
  const values = group.map(({ final }) => final[column]).filter((value) => typeof value === "number");
  return values.length === 0 ? null : spreadOf(values);
}

/** What the traces of a run's trainings say of mechanisms that did nothing. */
export interface FlagNote {
  run: TrainingRecord["run"];
  /** A sentence; a number that differs between trainings stands as a range. */
  text: string;
  /** Where it is so, of all trainings of the run. */
  layers: number[];
  count: number;
  of: number;
  /** Whether the run changed nothing at all there. */
  changedNothing: boolean;
}

/** The flags of all trainings by run, each kind of sentence once. */
export function flagNotes(records: readonly TrainingRecord[]): FlagNote[] {
  return [...groupBy(records, ({ run }) => String(run.number)).values()].flatMap((ofRun) => {
    const said = ofRun.flatMap((record) =>
      describeFlags(record.flags, record.run.number).map((text, i) => ({
        text,
        layer: record.layer,
        changedNothing: i === 0 && record.flags.identicalToPredecessor === true, // the first sentence then says so
      })),
    );
    return [...groupBy(said, ({ text }) => text.replace(number, "#")).values()].map((alike) => ({
      run: ofRun[0].run,
      text: withRanges(alike.map(({ text }) => text)),
      layers: [...new Set(alike.map(({ layer }) => layer))],
      count: alike.length,
      of: ofRun.length,
      changedNothing: alike[0].changedNothing,
    }));
  });
}

const number = /\d+(?:\.\d+)?/g;

/** Sentences that differ in their numbers as one: "since step 512 to 700". */
function withRanges(texts: readonly string[]): string {
  const numbers = texts.map((text) => text.match(number) ?? []);
  let at = 0;
  return texts[0].replace(number, () => {
    const sorted = numbers.map((found) => found[at]).sort((a, b) => Number(a) - Number(b));
    at++;
    const [low, high] = [sorted[0], sorted[sorted.length - 1]];
    return low === high ? low : `${low} to ${high}`;
  });
}
