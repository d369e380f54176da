/** What can come of a claim, in the order in which counts are told. */
export const verdictNames = [
  "holds",
  "differs",
  "inconclusive",
  "self-contradictory",
  "contradicted by a published fact",
  "not measurable here",
] as const;

/** What came of a claim. */
export type Verdict = (typeof verdictNames)[number];
