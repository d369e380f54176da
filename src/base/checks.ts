import { SncError } from "./errors.js";

/* What a caller gives is checked once, where it enters: each value against what it may be, which the error repeats. */

/** What a value may be: in words, which an error puts after "expected", and as a test of it among all that are given. */
export interface Expected {
  readonly words: string;
  admits(value: unknown, given: object): boolean;
}

const numbers = (words: string, admits: (value: number) => boolean): Expected => ({
  words,
  admits: (value) => typeof value === "number" && admits(value), // NaN passes no comparison
});

export const finite = numbers("a finite number", Number.isFinite);
export const notNegative = numbers("a finite number ≥ 0", (x) => x >= 0 && x < Number.POSITIVE_INFINITY);
export const positive = numbers("a finite number > 0", (x) => x > 0 && x < Number.POSITIVE_INFINITY);
/** For γ, thresholds of cosines, percentiles. */
export const unitInterval = numbers("a number in [0, 1]", (x) => x >= 0 && x <= 1);
/** For a share of things, of which there have to be some. */
export const share = numbers("a number in (0, 1]", (x) => x > 0 && x <= 1);
/** For α and β of a running average, which would never move at 1. */
export const belowOne = numbers("a number in [0, 1)", (x) => x >= 0 && x < 1);
/** For seeds. */
export const whole = numbers("a whole number", Number.isSafeInteger);
export const wholeFrom = (least: number): Expected =>
  numbers(`a whole number ≥ ${least}`, (x) => Number.isSafeInteger(x) && x >= least);
/** For widths, batches, steps, repetitions. */
export const count = wholeFrom(1);

/** For the upper end of a range, not below the lower end, which is given beside it. */
export const notBelow = (other: string): Expected => ({
  words: `a finite number ≥ ${other}`,
  admits: (value, given) =>
    finite.admits(value, given) && (value as number) >= (given as Record<string, number>)[other],
});

export const oneOf = (...choices: readonly string[]): Expected => ({
  words: `one of ${choices.join(", ")}`,
  admits: (value) => choices.includes(value as string),
});

export const optional = ({ words, admits }: Expected): Expected => ({
  words: `${words}, or nothing`,
  admits: (value, given) => value === undefined || admits(value, given),
});

type ExpectedOf<T> = { [K in keyof Required<T>]: Expected };

/** These values of `what`, checked. Throws a usage error that names the first that is not as expected, and says how it should be. */
export function checked<T extends object>(what: string, values: T, expected: ExpectedOf<T>): T {
  for (const name of Object.keys(expected) as (keyof T & string)[]) {
    const { words, admits } = expected[name];
    if (!admits(values[name], values))
      throw new SncError("usage", `${what}, ${name}: expected ${words}, found ${shown(values[name])}`);
  }
  return values;
}

/** `checked`, for the options of one maker of rules. */
export const optionsOf =
  <E extends Record<string, Expected>>(what: string, expected: E) =>
  <T extends { [K in keyof E]: unknown }>(values: T): T =>
    checked<{ [K in keyof E]: unknown }>(what, values, expected) as T;

const shown = (value: unknown): string =>
  typeof value === "string" ? `"${value}"` : typeof value === "object" && value !== null ? "an object" : String(value);

/** Throws a usage error unless a matrix [rows, width] has this width: of another one, numbers may come out all the same. */
export function requireWidth(what: string, { shape }: { shape: readonly number[] }, width: number): void {
  if (shape.length === 2 && shape[1] === width) return;
  const found = shape.length === 2 ? String(shape[1]) : `a tensor of shape [${shape.join(", ")}]`;
  throw new SncError("usage", `${what}: expected rows of ${width} numbers, found ${found}`);
}

/** Throws a usage error where one of the numbers in rows of this width is NaN or infinite, and names the row, from 0. */
export function requireFiniteRows(what: string, values: ArrayLike<number>, width: number): void {
  for (let at = 0; at < values.length; at++)
    if (!Number.isFinite(values[at])) {
      const row = Math.floor(at / width);
      throw new SncError("usage", `${what}: expected finite numbers, found ${values[at]} in row ${row}`);
    }
}

/** Throws a usage error unless so many numbers are whole rows of width d_in, one row or more. */
export function requireRows(what: string, length: number, d_in: number): void {
  checked(what, { d_in }, { d_in: count });
  if (length > 0 && length % d_in === 0) return;
  throw new SncError("usage", `${what}: expected rows of ${d_in} numbers, one or more, found ${length} numbers`);
}
