import type { Share } from "../base/interval.js";

/** Seeds that a verdict about a mean needs: with fewer a t interval says nothing. */
export const fewestSeeds = 3;

/** Four significant digits. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));

/** "12 of 140 (9 %, 5–15 %)". */
export const shareText = ({ count, of, interval: { low, high } }: Share): string =>
  `${count} of ${of} (${percent(count / of)} %, ${percent(low)}–${percent(high)} %)`;

/** A share in whole percent, without the sign. */
export const percent = (share: number): string => (100 * share).toFixed(0);
