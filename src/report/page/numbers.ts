import type { Interval, Spread } from "../../base/interval.js";
import { short } from "../../claims/numbers.js";

/** Four significant digits, with a minus sign as wide as a digit. */
export const numeral = (value: number): string => short(value).replace("-", "−");

/** "0.1234 ± 0.0021": mean and standard deviation; the mean alone where one seed has no spread. */
export const meanAndSd = ({ mean, sd }: Pick<Spread, "mean" | "sd">): string =>
  sd === null
    ? numeral(mean)
    : `${numeral(mean)}\u00a0±\u00a0${sd < rounding * Math.abs(mean) ? 0 : Number(sd.toPrecision(2))}`;

/** Equal numbers differ by their last binary digit from their mean. */
const rounding = 1e-12;

export const intervalText = (interval: Interval | null): string =>
  interval === null ? "–" : `${numeral(interval.low)}\u00a0to\u00a0${numeral(interval.high)}`;

/** "one seed", "3 seeds". */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
