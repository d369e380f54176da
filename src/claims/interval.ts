/** A range of numbers, ends included. */
export interface Interval {
  low: number;
  high: number;
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
