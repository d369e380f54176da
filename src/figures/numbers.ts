/** Six digits are more than a figure shows; files stay small and machines agree. */
export const rounded = (value: number): number => Number(value.toPrecision(6));
