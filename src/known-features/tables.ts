import { groupBy } from "../base/group-by.js";
import { spreadOf } from "../base/interval.js";
import type { KnownFeatures, KnownPoint } from "./document.js";
import { type KnownMethod, knownMethodNames, knownMethods } from "./methods.js";
import { type FeatureKind, featureKinds } from "./world.js";

/** Trainings of one size and length with the nulls that belong beside them: those of 0 steps. */
export interface KnownCell {
  d_sae: number;
  steps: number;
  points: KnownPoint[];
}

/** The cells of a study in which something was trained: by length, then the wider ones first. */
export function knownCells({ points }: Pick<KnownFeatures, "points">): KnownCell[] {
  const trained = points.filter(({ steps }) => steps > 0);
  const cells = [...groupBy(trained, ({ d_sae, steps }) => `${steps} ${d_sae}`).values()];
  return cells
    .map(([{ d_sae, steps }]) => ({
      ...{ d_sae, steps },
      points: points.filter((of) => of.d_sae === d_sae && (of.steps === steps || of.steps === 0)),
    }))
    .sort((a, b) => a.steps - b.steps || b.d_sae - a.d_sae);
}

/** Those with as many features as there are true ones, the longest trainings last. */
export const cellsOfTrueWidth = (known: Pick<KnownFeatures, "points" | "world">): KnownCell[] =>
  knownCells(known).filter(({ d_sae }) => d_sae === known.world.size.features);

/** "256 features, 1000 steps". */
export const cellTitle = ({ d_sae, steps }: Pick<KnownCell, "d_sae" | "steps">): string =>
  `${d_sae} features, ${steps} steps`;

/** How each score is headed and read; null where it is not defined. */
const columns: { title: string; digits: number; of(point: KnownPoint): number | null }[] = [
  { title: "L0", digits: 1, of: ({ l0 }) => l0 },
  { title: "variance explained", digits: 3, of: (point) => point.fractionVarianceExplained },
  { title: "features on", digits: 0, of: ({ featuresOn }) => featuresOn },
  { title: "recovered", digits: 3, of: ({ recovered }) => recovered },
  { title: "mcc", digits: 3, of: ({ mcc }) => mcc },
  { title: "f1", digits: 3, of: ({ f1 }) => f1 },
  { title: "merged", digits: 3, of: ({ merged }) => merged },
  { title: "split", digits: 3, of: ({ split }) => split },
];

/** All scores of a cell, a row for each method: means over seeds, with their standard deviation where there are several. */
export const scoresTable = ({ points }: KnownCell): string[][] => [
  ["method", "seeds", ...columns.map(({ title }) => title)],
  ...rowsOf(points, (group) => [
    String(group.length),
    ...columns.map(({ of, digits }) => cellOf(group.map(of), digits)),
  ]),
];

/** The scores of each kind of true feature: found, and detected. */
export const kindsTable = ({ points }: KnownCell): string[][] => [
  [
    "method",
    ...(["recovered", "f1"] as const).flatMap((score) => featureKinds.map((kind) => `${score}, ${kindTitles[kind]}`)),
  ],
  ...rowsOf(points, (group) =>
    (["recovered", "f1"] as const).flatMap((score) =>
      featureKinds.map((kind) =>
        cellOf(
          group.map(({ byKind }) => byKind[kind][score]),
          3,
        ),
      ),
    ),
  ),
];

const kindTitles: Record<FeatureKind, string> = {
  alone: "alone",
  grouped: "in groups",
  parent: "parents",
  child: "children",
};

/** How many true features are of each kind, and how often one fires. */
export const worldTable = ({ kinds }: Pick<KnownFeatures, "kinds">): string[][] => [
  ["true features", "how many", "mean probability of firing"],
  ...featureKinds.map((kind) => [
    kindTitles[kind],
    String(kinds[kind].features),
    kinds[kind].meanProbability.toFixed(4),
  ]),
];

/** A row for each method that has points, in the methods' order. */
const rowsOf = (points: readonly KnownPoint[], cells: (group: KnownPoint[]) => string[]): string[][] =>
  knownMethodNames.flatMap((method) => {
    const group = points.filter((point) => point.method === method);
    return group.length === 0 ? [] : [[knownMethods[method].label, ...cells(group)]];
  });

function cellOf(values: readonly (number | null)[], digits: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "–";
  const { mean, sd } = spreadOf(known);
  return sd === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
}

/** Methods whose L0 is within this factor of the world's are compared by themselves. */
const nearTruth = 1.5;

/**
 * The answer for the longest trainings with as many features as there are true ones: who finds most, beside Runs 0 and 9; then the same
 * among those that have about as many features above zero as fire in the world.
 */
export function answerOf(known: Pick<KnownFeatures, "points" | "world" | "trueL0">): string {
  const cell = cellsOfTrueWidth(known).at(-1);
  if (!cell) return "Nothing has been trained";
  const isNear = ({ l0 }: Found): boolean => Math.abs(Math.log(l0 / known.trueL0)) <= Math.log(nearTruth);
  const all = foundIn(cell);
  const near = all.filter(isNear);
  const said = [`Share of true features found, ${cellTitle(cell)}: ${rankedText(all)}`];
  if (near.length > 0)
    said.push(
      `At an L0 within a factor of ${nearTruth} of the world's ${known.trueL0.toFixed(2)}: ${rankedText(near)}`,
    );
  return said.join(". ");
}

/** What a trained method finds: means over seeds. */
interface Found {
  method: KnownMethod;
  recovered: number;
  l0: number;
}

/** The trained methods of a cell but the frozen controls, those that find most first. */
function foundIn({ points }: KnownCell): Found[] {
  const trained = points.filter(({ steps, method }) => steps > 0 && knownMethods[method].kind !== "floor");
  return [...groupBy(trained, ({ method }) => method).values()]
    .map((group) => ({
      method: group[0].method,
      recovered: spreadOf(group.map(({ recovered }) => recovered)).mean,
      l0: spreadOf(group.map(({ l0 }) => l0)).mean,
    }))
    .sort((a, b) => b.recovered - a.recovered);
}

/** The first ones and Runs 0 and 9 with their ranks; equal shares have one rank. */
function rankedText(found: readonly Found[]): string {
  const rankOf = ({ recovered }: Found): number => 1 + found.filter((other) => other.recovered > recovered).length;
  const isShown = (of: Found): boolean => rankOf(of) === 1 || [0, 9].includes(knownMethods[of.method].run ?? -1);
  const told = (of: Found): string =>
    `${knownMethods[of.method].label} ${of.recovered.toFixed(3)} at L0 ${of.l0.toFixed(1)} (rank ${rankOf(of)} of ${found.length})`;
  return found.filter(isShown).map(told).join(", ");
}
