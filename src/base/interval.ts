import { sum } from "./mean.js";

/** A range of numbers, ends included. */
export interface Interval {
  low: number;
  high: number;
}

/** A share of some cases, with the 95 % interval for which of them were drawn. */
export interface Share {
  count: number;
  of: number;
  interval: Interval;
}

/** `count` of `of` cases, with Wilson's 95 % interval: it stays within [0, 1] and is not empty at 0 and 1. */
export function shareOf(count: number, of: number): Share {
  const z = 1.959963984540054;
  const centre = (count + z ** 2 / 2) / (of + z ** 2);
  const half = (z / (of + z ** 2)) * Math.sqrt((count * (of - count)) / of + z ** 2 / 4);
  return { count, of, interval: { low: Math.max(0, centre - half), high: Math.min(1, centre + half) } };
}

/** Numbers measured once per seed: their mean, standard deviation (n − 1) and 95 % t interval; null where n is 1. */
export interface Spread {
  mean: number;
  sd: number | null;
  n: number;
  interval: Interval | null;
}

/** The spread of values. Throws where there are none. */
export function spreadOf(values: readonly number[]): Spread {
  const n = values.length;
  if (n === 0) throw new Error("a spread needs values");
  const isOne = values.every((value) => value === values[0]); // then no rounding makes a spread of it
  const mean = isOne ? values[0] : sum(values) / n;
  if (n === 1) return { mean, sd: null, n, interval: null };
  const sd = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (n - 1));
  const half = (tQuantile(n - 1) * sd) / Math.sqrt(n);
  return { mean, sd, n, interval: { low: mean - half, high: mean + half } };
}

/** The t that Student's distribution with `df` degrees of freedom stays within ±t of with this probability. */
export function tQuantile(df: number, probability = 0.95): number {
  let [low, high] = [0, 1];
  while (withinT(high, df) < probability) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (withinT(middle, df) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The p of a two-sided t test that the mean is `value`: below 0.05 where the 95 % interval leaves it out. Without any spread
 * between seeds it is 0 or 1; null for fewer than two seeds.
 */
export function tTest({ mean, sd, n }: Spread, value: number): number | null {
  if (sd === null) return null;
  if (sd === 0) return Number(mean === value);
  return 1 - withinT(Math.abs(mean - value) / (sd / Math.sqrt(n)), n - 1);
}

/** P(|T| < t) for whole degrees of freedom: the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4. */
function withinT(t: number, df: number): number {
  const angle = Math.atan(t / Math.sqrt(df));
  const isOdd = df % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let series = df === 1 ? 0 : term;
  for (let i = isOdd ? 3 : 2; i < df; i += 2) {
    term *= (Math.cos(angle) ** 2 * (i - 1)) / i;
    series += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * series) : Math.sin(angle) * series;
}

/**
 * The false discovery rates of tests by their p (Benjamini and Hochberg 1995): q_i is the least rate at which test i is among
 * those that stand, min over k ≥ rank(i) of p_(k) m / k, for m tests.
 */
export function falseDiscoveryRates(p: readonly number[]): number[] {
  const m = p.length;
  const ascending = p.map((value, i) => ({ value, i })).sort((a, b) => a.value - b.value);
  const q = new Array<number>(m);
  let least = 1;
  for (let rank = m; rank >= 1; rank--) {
    const { value, i } = ascending[rank - 1];
    least = Math.min(least, (value * m) / rank);
    q[i] = least;
  }
  return q;
}
