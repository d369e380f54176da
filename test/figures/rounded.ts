/** A specification as JSON has it, numbers to four digits, so that machines agree. */
export const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, v) => (typeof v === "number" ? Number(v.toPrecision(4)) : v));
