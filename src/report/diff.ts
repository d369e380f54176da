import { readVerdicts } from "../claims/document.js";
import { readResultSet, type SavedResultSet } from "../experiment/results/saved.js";
import type { TrainingRecord } from "../experiment/training/record.js";

/** A result set with its verdicts by claim. */
type ComparedSet = SavedResultSet & { verdicts: Record<string, string> };

/** The result set of this name in results/, or at this path, as it is compared. */
export async function readComparedSet(nameOrFolder: string): Promise<ComparedSet> {
  const set = await readResultSet(nameOrFolder);
  return { ...set, verdicts: await readVerdicts(set.folder) };
}

/** One thing that two result sets have differently; null where one lacks it. */
export interface ChangedLeaf {
  what: string;
  a: unknown;
  b: unknown;
}

/** One metric of one training that differs. */
export interface MetricChange {
  run: number;
  layer: number;
  seed: number;
  metric: string;
  a: number | null;
  b: number | null;
  /** b − a, and the same over |a|; null where they are not defined. */
  difference: number | null;
  relative: number | null;
}

/** All in which result set B differs from A; every list is empty when they are equal. */
export interface ResultSetDiff {
  options: ChangedLeaf[];
  inputs: ChangedLeaf[];
  environment: ChangedLeaf[];
  /** Trainings that only one of them has. */
  trainings: ChangedLeaf[];
  metrics: MetricChange[];
  verdicts: ChangedLeaf[];
}

/** In what two result sets differ. */
export function diffResultSets(a: ComparedSet, b: ComparedSet): ResultSetDiff {
  const options = ({ identity: { profile, readings } }: SavedResultSet) => ({ profile, readings });
  const byName = (set: SavedResultSet) => new Map(set.trainings.map((training) => [nameOf(training), training]));
  const [inA, inB] = [byName(a), byName(b)];
  const presence = (trainings: Map<string, TrainingRecord>) =>
    Object.fromEntries([...trainings.keys()].map((name) => [name, "present"]));
  return {
    options: changedLeaves(options(a), options(b)),
    inputs: changedLeaves(a.identity.inputs, b.identity.inputs),
    environment: changedLeaves(a.environment, b.environment),
    trainings: changedLeaves(presence(inA), presence(inB)),
    metrics: [...inA].flatMap(([name, training]) => metricChanges(training, inB.get(name))),
    verdicts: changedLeaves(a.verdicts, b.verdicts),
  };
}

const nameOf = ({ run, layer, seed }: TrainingRecord): string => `run ${run.number}, layer ${layer}, seed ${seed}`;

function metricChanges(a: TrainingRecord, b: TrainingRecord | undefined): MetricChange[] {
  if (!b) return [];
  const { run, layer, seed } = a;
  return changedLeaves(a.final, b.final).map(({ what: metric, ...values }) => {
    const [before, after] = [values.a as number | null, values.b as number | null];
    const difference = before === null || after === null ? null : after - before;
    const relative = difference === null || before === null || before === 0 ? null : difference / Math.abs(before);
    return { run: run.number, layer, seed, metric, a: before, b: after, difference, relative };
  });
}

/** The leaves in which two JSON values differ, named by their path: `profile.steps`. */
export function changedLeaves(a: unknown, b: unknown): ChangedLeaf[] {
  const [before, after] = [leaves(a), leaves(b)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((what) => {
    const [x, y] = [before.get(what) ?? null, after.get(what) ?? null];
    return Object.is(x, y) ? [] : [{ what, a: x, b: y }];
  });
}

/** Lists count as leaves: what moved in one is seldom what one wants to know. */
function leaves(value: unknown, path = ""): Map<string, unknown> {
  if (Array.isArray(value)) return new Map([[path, JSON.stringify(value)]]);
  if (typeof value !== "object" || value === null) return new Map([[path, value]]);
  const inside = Object.entries(value).map(([key, v]) => leaves(v, path === "" ? key : `${path}.${key}`));
  return new Map(inside.flatMap((map) => [...map]));
}
