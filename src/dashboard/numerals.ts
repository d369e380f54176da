/** A number to three digits, with a minus sign as wide as a digit. */
export const numeral = (value: number): string => String(Number(value.toPrecision(3))).replace("-", "−");

/** A share in per cent: "12.3 %", "0.012 %". */
export const percent = (share: number): string => `${numeral(100 * share)}\u00a0%`;
