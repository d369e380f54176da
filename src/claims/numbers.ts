/** Seeds that a verdict about a mean needs: with fewer a t interval says nothing. */
export const fewestSeeds = 3;

/** Four significant digits. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));
