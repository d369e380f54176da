import { short } from "../../claims/check.js";
import type { Interval, Spread } from "../../claims/interval.js";

/** Four significant digits, with a minus sign as wide as a digit. */
export const numeral = (value: number): string => short(value).replace("-", "−");

/** "0.1234 ± 0.0021": mean and standard deviation; the mean alone where one seed has no spread. */
export const meanAndSd = ({ mean, sd }: Pick<Spread, "mean" | "sd">): string =>
  sd === null ? numeral(mean) : `${numeral(mean)} ± ${Number(sd.toPrecision(2))}`;

export const intervalText = (interval: Interval | null): string =>
  interval === null ? "–" : `${numeral(interval.low)} to ${numeral(interval.high)}`;

/** "one seed", "3 seeds". */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
