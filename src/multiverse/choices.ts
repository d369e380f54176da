import { readingChoices } from "../readings.js";
import type { Choices } from "./design.js";

/**
 * Constants that the paper states, and §6.3 calls sensitive or the mechanisms turn on: the stated value first. They are no readings:
 * what they change is another experiment, told apart.
 */
export const constantChoices = {
  /** β of I (Eq. 6) and of H (Eq. 4): §6.3 names 0.9 to 0.99. */
  importanceMomentum: ["0.99", "0.97", "0.9"],
  coactivationMomentum: ["0.99", "0.97", "0.9"],
  /** r and r_max (§4.2): §6.3 names 32. */
  radius: ["32", "8", "16", "64"],
  /** γ (§4.2). */
  gamma: ["0.3", "0.1", "0.5", "1"],
  /** θ of Eq. 5, θ_corr and θ_act of §5.3. */
  coactivationTheta: ["0.1", "0.03", "0.2"],
  pruneTheta: ["0.8", "0.7", "0.9"],
  activeTheta: ["0.01", "0.005", "0.02"],
} as const satisfies Choices;

/** A constant by its name. */
export type ConstantName = keyof typeof constantChoices;

const { inputScale, utilization, reportedCorrelation, ...pooled } = readingChoices;

/** A part of the multiverse, whose universes answer one question. */
export interface Stratum {
  name: StratumName;
  describes: string;
  choices: Choices;
  /** How many of every twenty universes are its. */
  ofTwenty: number;
}

/** Names of the parts. */
export const stratumNames = ["readings", "scale", "constants"] as const;
/** A part, by its name. */
export type StratumName = (typeof stratumNames)[number];

/**
 * Readings that are equally defensible are pooled. Another scale of the inputs (R14) makes λ₁ and τ weigh otherwise against the
 * reconstruction, which is another question; so are the constants. R18 and R19 choose among columns of the same trainings.
 */
export const strata: readonly Stratum[] = [
  {
    name: "readings",
    describes: "all readings but those of the input's scale and of the report",
    choices: pooled,
    ofTwenty: 14,
  },
  {
    name: "scale",
    describes: "the same readings, and inputs at another scale (R14)",
    choices: { ...pooled, inputScale: inputScale.slice(1) },
    ofTwenty: 3,
  },
  {
    name: "constants",
    describes: "the default readings, with other constants than the paper states (§6.3)",
    choices: constantChoices,
    ofTwenty: 3,
  },
];

/** Which columns answer "utilization" and "mean correlation" (R18, R19): the same trainings, measured otherwise. */
export const reportChoices = { utilization, reportedCorrelation } as const;
