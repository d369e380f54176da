import type { Experiment } from "../experiment/experiment.js";
import { paperRun } from "../experiment/paper-run.js";
import { vary } from "../experiment/variation.js";
import { ruleNamed } from "../mechanisms/by-name.js";
import { differences, type Method, type Options, type RuleSlot } from "../method.js";
import { type ReadingId, type Readings, readingChoices, readings } from "../readings.js";
import type { Run } from "../runs.js";
import { type ConstantName, constantChoices } from "./choices.js";
import type { Chosen } from "./design.js";
import type { Universe } from "./plan.js";

/** Readings that an experiment is opened with: they change its vectors, its start or its warm-up. The others are slots of a method. */
const ofExperiment: readonly ReadingId[] = ["tauStart", "inputScale", "init", "warmup", "site", "firstPosition"];

/** The readings that a universe's experiment is opened with, those that differ from the default. */
export const experimentReadings = ({ choices }: Pick<Universe, "choices">): Partial<Readings> =>
  Object.fromEntries(
    Object.entries(choices).filter(([id, value]) => isOfExperiment(id) && value !== readingChoices[id][0]),
  );

const isOfExperiment = (id: string): id is ReadingId => ofExperiment.some((of) => of === id);

/**
 * A run of a universe, as its experiment is asked for it: the paper's by its number where the choices do not reach it, else a
 * variation. Universes whose choices come to the same method have one training.
 */
export function runIn(
  { choices }: Pick<Universe, "choices">,
  { profile, ...experiment }: Pick<Experiment, "profile" | "run">,
  number: number,
): number | Run {
  const own = experiment.run(number);
  const wanted = withConstants(paperRun({ profile, readings: readingsOf(choices) }, number).method, choices);
  const slots = differences(own.method, wanted) as (keyof Method)[];
  if (slots.length === 0) return number;
  return vary(own, "universe", Object.fromEntries(slots.map((slot) => [slot, wanted[slot]])));
}

/** All readings, those of a universe changed. */
export const readingsOf = (choices: Chosen): Readings =>
  readings(Object.fromEntries(Object.entries(choices).filter(([id]) => Object.hasOwn(readingChoices, id))));

/** Which option of which slot each constant is. */
const optionOf: Record<ConstantName, [slot: RuleSlot, option: string][]> = {
  importanceMomentum: [["importance", "beta"]],
  coactivationMomentum: [["coactivation", "beta"]],
  radius: [
    ["radius", "radius"],
    ["radius", "rMax"],
    ["neighbours", "rMax"],
    ["neighbours", "size"],
  ],
  gamma: [["inhibit", "gamma"]],
  coactivationTheta: [["radius", "theta"]],
  pruneTheta: [["prune", "threshold"]],
  activeTheta: [["reallocate", "theta"]],
};

/** The method with a universe's constants where its rules have them; who has no competition keeps the radius 0. */
function withConstants(method: Method, choices: Chosen): Method {
  const changed: Partial<Record<RuleSlot, Options>> = {};
  for (const [name, value] of Object.entries(choices)) {
    if (!isConstant(name) || value === constantChoices[name][0]) continue;
    if (name === "radius" && method.inhibit.ruleName === "noInhibition") continue;
    for (const [slot, option] of optionOf[name])
      if (Object.hasOwn(method[slot].options, option))
        changed[slot] = { ...(changed[slot] ?? method[slot].options), [option]: Number(value) };
  }
  const rules = Object.entries(changed).map(([slot, options]) => [
    slot,
    ruleNamed(slot as RuleSlot, method[slot as RuleSlot].ruleName, options),
  ]);
  return { ...method, ...Object.fromEntries(rules) };
}

const isConstant = (name: string): name is ConstantName => Object.hasOwn(constantChoices, name);
