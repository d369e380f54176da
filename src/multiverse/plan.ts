import { checked, count as countOf, whole } from "../base/checks.js";
import { canonicalJson, sha256 } from "../base/files.js";
import { permutation, stream } from "../base/random.js";
import type { Profile } from "../profiles.js";
import { readingChoices } from "../readings.js";
import { constantChoices, type Stratum, type StratumName, strata } from "./choices.js";
import { type Choices, type Chosen, drawUniverses } from "./design.js";

/** A universe of the plan. */
export interface Universe {
  /** Eight hex digits of the hash of its stratum and choices. */
  id: string;
  stratum: StratumName;
  /** One of each name of its stratum. */
  choices: Chosen;
  /** Seeds that its runs are trained with. */
  seeds: number[];
}

/** Runs that every universe trains: those between which the paper's central sentences speak. */
export const plannedRuns = [0, 1, 3, 6, 7, 9] as const;

/** Universes beside the default that are trained with all seeds: spread over seeds and over readings can then be compared. */
const repeated = 16;

/**
 * The universes of a study, the default first; of each stratum its share, one at least. The default and 16 others, drawn by the seed,
 * have all of the profile's seeds; the others its first alone, so that universes that do not reach a run share its training.
 */
export function planUniverses(
  { seeds }: Pick<Profile, "seeds">,
  { count, seed }: { count: number; seed: number },
): Universe[] {
  checked("planUniverses", { count, seed }, { count: countOf, seed: whole });
  const universes = strata.flatMap((stratum, at) => drawn(stratum, numberIn(stratum, count), seed + at));
  const order = [...permutation(stream(seed, "seeds"), universes.length)].filter((at) => at > 0);
  const withAll = new Set([0, ...order.slice(0, Math.min(repeated, Math.round(count / 12)))]);
  return universes.map((universe, at) => ({ ...universe, seeds: withAll.has(at) ? [...seeds] : [seeds[0]] }));
}

const numberIn = ({ ofTwenty }: Stratum, count: number): number => Math.max(1, Math.round((ofTwenty * count) / 20));

/** The universes of a stratum; the default is that of the readings, and not of the constants once more. */
function drawn({ name, choices }: Stratum, count: number, seed: number): Omit<Universe, "seeds">[] {
  const passedOver = name === "constants" ? 1 : 0;
  const universes = drawUniverses(choices, { count: count + passedOver, seed }).slice(passedOver);
  return universes.map((chosen) => ({ id: idOf(name, chosen), stratum: name, choices: chosen }));
}

const idOf = (stratum: string, choices: Chosen): string => sha256(canonicalJson({ stratum, choices })).slice(0, 8);

/** What a universe chooses otherwise than the default: `penalty = mean, …`; "the default" where nothing. */
export function differencesText({ choices }: Pick<Universe, "choices">): string {
  const all: Choices = { ...readingChoices, ...constantChoices };
  const others = Object.entries(choices).filter(([name, value]) => value !== all[name][0]);
  return others.length === 0 ? "the default" : others.map(([name, value]) => `${name} = ${value}`).join(", ");
}
