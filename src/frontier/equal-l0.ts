import { groupBy } from "../base/group-by.js";
import { type Spread, spreadOf, tTest } from "../base/interval.js";
import { curveOf, type FrontierPoint, type FrontierQuantity } from "./curve.js";
import { comparedL0, type FrontierMethod, frontierMethodNames, paperL0 } from "./levels.js";

/** A quantity at one L0, interpolated on each seed's own curve. */
export interface AtL0 extends Spread {
  /** By seed. */
  values: Map<number, number>;
}

/** A method's value less that of another at the same L0, seed by seed. */
export interface PairedDifference extends Spread {
  /** Of a two-sided t test that the difference is 0; null for one seed. */
  p: number | null;
}

/**
 * The value at an L0 on one curve: on the straight line, over log L0, between its two neighbours by L0, whatever the order in
 * which the levels were asked for. Points of the same L0 count as one with their mean. Null below the curve's lowest L0 and
 * above its highest: nothing is extrapolated. An L0 of 0 has no logarithm, and its point no neighbour.
 */
export function interpolated(curve: readonly { l0: number; value: number }[], l0: number): number | null {
  const byL0 = groupBy(
    curve.filter((point) => point.l0 > 0),
    (point) => String(point.l0),
  );
  const points = [...byL0.values()]
    .map((same) => ({ l0: same[0].l0, value: spreadOf(same.map(({ value }) => value)).mean }))
    .sort((a, b) => a.l0 - b.l0);
  const above = points.findIndex((point) => point.l0 >= l0);
  if (above < 0) return null;
  if (points[above].l0 === l0) return points[above].value;
  if (above === 0) return null;
  const [from, to] = [points[above - 1], points[above]];
  const share = Math.log(l0 / from.l0) / Math.log(to.l0 / from.l0);
  return from.value + share * (to.value - from.value);
}

/** A quantity of a method at an L0, over its seeds; null unless the curve of each of them reaches that far on both sides. */
export function atL0(
  points: readonly FrontierPoint[],
  { method, l0, quantity }: { method: FrontierMethod; l0: number; quantity: FrontierQuantity },
): AtL0 | null {
  const values = new Map<number, number>();
  for (const [seed, curve] of groupBy(curveOf(points, method), (point) => String(point.seed))) {
    const known = curve.flatMap((point) =>
      point[quantity] === null ? [] : [{ l0: point.l0, value: point[quantity] }],
    );
    const value = interpolated(known, l0);
    if (value === null) return null;
    values.set(Number(seed), value);
  }
  return values.size === 0 ? null : { ...spreadOf([...values.values()]), values };
}

/** `of` less `than`, over the seeds that both have; null where they have none in common. */
export function pairedDifference(of: AtL0, than: AtL0): PairedDifference | null {
  const both = [...of.values].flatMap(([seed, value]) => {
    const other = than.values.get(seed);
    return other === undefined ? [] : [value - other];
  });
  if (both.length === 0) return null;
  const spread = spreadOf(both);
  return { ...spread, p: tTest(spread, 0) };
}

/** A method among the others at one L0. */
export interface RankedMethod {
  method: FrontierMethod;
  value: AtL0;
  /** 1 for the largest mean. */
  rank: number;
  /** From ReLU and L1, which is Run 0; undefined where that has no value here. */
  fromRelu: PairedDifference | undefined;
}

/** The methods that reach an L0, by the mean of a quantity, the largest first. */
export function rankedAt(
  points: readonly FrontierPoint[],
  l0: number,
  quantity: FrontierQuantity = "fractionVarianceExplained",
): RankedMethod[] {
  const relu = atL0(points, { method: "relu", l0, quantity });
  return frontierMethodNames
    .flatMap((method) => {
      const value = atL0(points, { method, l0, quantity });
      return value ? [{ method, value }] : [];
    })
    .sort((a, b) => b.value.mean - a.value.mean)
    .map((found, at) => ({
      ...found,
      rank: at + 1,
      fromRelu: (relu && pairedDifference(found.value, relu)) ?? undefined,
    }));
}

/** The compared L0 that the most curves reach. */
export const commonL0 = (points: readonly FrontierPoint[], d_sae: number): number =>
  l0OfMost(d_sae, (l0) => rankedAt(points, l0).length);

/** The compared L0 at which most is counted; of several, the one that is nearest to the paper's 10 %. */
export function l0OfMost(d_sae: number, countAt: (l0: number) => number): number {
  const away = (l0: number): number => Math.abs(Math.log(l0 / paperL0(d_sae)));
  const counted = comparedL0(d_sae).map((l0) => ({ l0, count: countAt(l0) }));
  return counted.sort((a, b) => b.count - a.count || away(a.l0) - away(b.l0))[0].l0;
}
