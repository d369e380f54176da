import type { Profile } from "../profiles.js";
import type { Readings } from "../readings.js";
import type { Run } from "../runs.js";
import { paperRun } from "./paper-run.js";
import type { CompleteSpec, MethodSpec, VariationSpec } from "./spec.js";
import { methodRun, variationOf, vary } from "./variation.js";

/** A run by its number; a variation of one, made by `vary` or as plain data; or another method. */
export type RunChoice = number | Run | VariationSpec | MethodSpec;

/** What of an experiment its runs follow from. */
interface RunsOf {
  profile: Profile;
  readings: Readings;
  spec: Pick<CompleteSpec, "d_sae">;
}

/** What is trained for a choice: this experiment's own run of that number, with what a variation changes of it. */
export function runOf(experiment: RunsOf, choice: RunChoice): Run {
  if (typeof choice === "number") return paperRun(experiment, choice);
  if (isMethod(choice)) {
    const { profile, spec } = experiment;
    return methodRun(paperRun(experiment, 0), choice, { ...profile, d_sae: spec.d_sae });
  }
  if ("set" in choice) return variationOf(paperRun(experiment, choice.run), choice);
  const { number, name, variation } = choice;
  return variation ? vary(paperRun(experiment, number), name, variation) : choice;
}

/** A run has a method as well, but as slots. */
export const isMethod = (choice: Exclude<RunChoice, number>): choice is MethodSpec =>
  "method" in choice && typeof choice.method === "string";
