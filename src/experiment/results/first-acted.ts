import type { TrainingRecord } from "../training/record.js";

/**
 * The step at which a run first did something other than the run before, over its trainings: "412", "412 to 530", "never", "never (2 of
 * 3), 412"; "–" where there is no run before to compare with.
 */
export function firstActedText(records: readonly Pick<TrainingRecord, "flags">[]): string {
  const known = records.flatMap(({ flags: { identicalToPredecessor, firstActed } }) =>
    identicalToPredecessor === null ? [] : [firstActed],
  );
  const steps = known.filter((step) => step !== null).sort((a, b) => a - b);
  const never = known.length - steps.length;
  const parts = [
    ...(never === 0 ? [] : [steps.length === 0 ? "never" : `never (${never} of ${known.length})`]),
    ...(steps.length === 0 ? [] : [steps[0] === steps.at(-1) ? `${steps[0]}` : `${steps[0]} to ${steps.at(-1)}`]),
  ];
  return parts.join(", ") || "–";
}
