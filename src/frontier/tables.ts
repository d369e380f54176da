import { groupBy } from "../base/group-by.js";
import { type Spread, spreadOf } from "../base/interval.js";
import { curveOf, type FrontierPoint, type FrontierQuantity } from "./curve.js";
import type { Frontier } from "./document.js";
import { atL0, commonL0, type RankedMethod, rankedAt } from "./equal-l0.js";
import { comparedL0, type FrontierMethod, frontierMethodNames, frontierMethods } from "./levels.js";

/** How each quantity is headed, in units of what, and how it is printed. */
const columns: { quantity: FrontierQuantity; title: string; unit?: number; text(value: number): string }[] = [
  { quantity: "fractionVarianceExplained", title: "variance explained", text: (value) => value.toFixed(4) },
  { quantity: "nearestDecoderCosine", title: "nearest decoder |cos|", text: (value) => value.toFixed(3) },
  { quantity: "meanDecoderCosine", title: "mean decoder |cos|", text: (value) => value.toFixed(4) },
  { quantity: "pearsonAboveChance", title: "|Pearson| above chance", text: (value) => value.toFixed(4) },
  { quantity: "utilization", title: "utilization", text: (value) => value.toFixed(3) },
  { quantity: "millisecondsPerStep", title: "ms a step", text: (value) => value.toPrecision(3) },
  { quantity: "flopsPerStep", title: "MFLOP a step", unit: 1e6, text: (value) => value.toPrecision(4) },
];

const labelOf = (method: FrontierMethod): string => frontierMethods[method].label;

/** Every level of every method: the mean over its seeds, and their standard deviation where there are several. */
export function pointsTable({ points }: Frontier): string[][] {
  const byLevel = groupBy(points, ({ method, level }) => `${method} ${level}`);
  return [
    ["method", "level", "seeds", "L0", ...columns.map(({ title }) => title)],
    ...[...byLevel.values()].map((group) => [
      labelOf(group[0].method),
      group[0].level,
      String(group.length),
      meanAndSd(spreadOf(group.map(({ l0 }) => l0)), (value) => value.toPrecision(4)),
      ...columns.map(({ quantity, text, unit }) => {
        const known = group.map((point) => point[quantity]).filter((value) => value !== null);
        return known.length === 0 ? "–" : meanAndSd(spreadOf(known), text, unit);
      }),
    ]),
  ];
}

/** Variance explained at each compared L0, with the rank there, and how far each curve reaches. */
export function equalL0Table({ points, d_sae }: Frontier): string[][] {
  const l0s = comparedL0(d_sae);
  const ranked = l0s.map((l0) => rankedAt(points, l0));
  const [{ text }] = columns;
  return [
    ["method", ...l0s.map((l0) => `L0 = ${l0}`), "from L0", "to L0"],
    ...methodsOf({ points, d_sae }).map((method) => [
      labelOf(method),
      ...ranked.map((at) => {
        const found = at.find((of) => of.method === method);
        return found ? `${meanAndSd(found.value, text)} (${found.rank})` : "–";
      }),
      ...reachOf(points, method).map((l0) => l0.toPrecision(3)),
    ]),
  ];
}

/** The lowest and the highest L0 at which the curves of all its seeds have a value. */
function reachOf(points: readonly FrontierPoint[], method: FrontierMethod): [from: number, to: number] {
  const curves = [...groupBy(curveOf(points, method), ({ seed }) => String(seed)).values()];
  return [Math.max(...curves.map(([lowest]) => lowest.l0)), Math.min(...curves.map((curve) => curve.at(-1)!.l0))];
}

/** All quantities at the L0 that most reach; variance explained also as the difference from ReLU and L1, paired by seed. */
export function commonL0Table({ points, d_sae }: Frontier): string[][] {
  const l0 = commonL0(points, d_sae);
  const ranked = rankedAt(points, l0);
  return [
    [
      "method",
      `${columns[0].title} at L0 = ${l0}`,
      "less that of ReLU and L1",
      ...columns.slice(1).map(({ title }) => title),
    ],
    ...ranked.map(({ method, rank, value, fromRelu }) => [
      labelOf(method),
      `${meanAndSd(value, columns[0].text)} (${rank})`,
      method === "relu" || !fromRelu ? "" : withInterval(fromRelu, columns[0].text),
      ...columns.slice(1).map(({ quantity, text, unit }) => {
        const found = atL0(points, { method, l0, quantity });
        return found ? meanAndSd(found, text, unit) : "–";
      }),
    ]),
  ];
}

/** The methods with points: those that reach the L0 that most reach by their rank there, then the others. */
export function methodsOf({ points, d_sae }: Pick<Frontier, "points" | "d_sae">): FrontierMethod[] {
  const ranked = rankedAt(points, commonL0(points, d_sae)).map(({ method }) => method);
  const others = frontierMethodNames.filter(
    (method) => !ranked.includes(method) && points.some((point) => point.method === method),
  );
  return [...ranked, ...others];
}

/**
 * The answer in two lines: who explains most at the L0 that most reach, where ReLU and L1 and the floor stand, and where the paper's
 * runs do.
 */
export function answersOf({ points, d_sae }: Pick<Frontier, "points" | "d_sae">): string[] {
  const l0 = commonL0(points, d_sae);
  const ranked = rankedAt(points, l0);
  if (ranked.length === 0) return ["No curve reaches an L0 at which methods are compared"];
  const kindOf = ({ method }: RankedMethod): string => frontierMethods[method].kind;
  const told = (some: readonly RankedMethod[]): string =>
    some.map(({ method, rank, value }) => `${rank} ${labelOf(method)} ${value.mean.toFixed(3)}`).join(", ");
  const isMark = (of: RankedMethod): boolean => of.rank === 1 || of.method === "relu" || kindOf(of) === "floor";
  const ofPaper = ranked.filter((of) => kindOf(of) === "paper");
  const others = ranked.filter((of) => kindOf(of) !== "paper" && isMark(of));
  return [
    `Variance explained at L0 = ${l0}, by rank among ${ranked.length}: ${told(others.length > 0 ? others : ofPaper)}`,
    ...(others.length > 0 && ofPaper.length > 0 ? [`The paper's runs: ${told(ofPaper)}`] : []),
  ];
}

/** The same as one text. */
export const answerOf = (frontier: Pick<Frontier, "points" | "d_sae">): string => answersOf(frontier).join(". ");

const meanAndSd = ({ mean, sd }: Spread, text: (value: number) => string, unit = 1): string =>
  sd === null ? text(mean / unit) : `${text(mean / unit)} ± ${shortened(sd / unit)}`;

/** A difference with its sign, and its 95 % interval in brackets. */
function withInterval({ mean, interval }: Spread, text: (value: number) => string): string {
  const signed = (value: number): string => `${value < 0 ? "−" : "+"}${text(Math.abs(value))}`;
  return interval ? `${signed(mean)} [${signed(interval.low)}, ${signed(interval.high)}]` : signed(mean);
}

/** Two digits without an exponent. */
const shortened = (value: number): string =>
  value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
