/** The sum, in the order of the values; 0 of none. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The mean; NaN of no values. */
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** The mean; null of no values. */
export const meanOrNull = (values: readonly number[]): number | null => (values.length === 0 ? null : mean(values));
