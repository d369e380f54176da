import { wantedPrecision } from "../backend/precision.js";
import { inputsOf } from "../data/texts/inputs.js";
import { paper } from "../paper.js";
import { chosenSize, type Profile, profile as profileNamed } from "../profiles.js";
import { changedReadings, type Readings, readings } from "../readings.js";
import type { ResultSetIdentity } from "./results/result-set.js";

/** All choices of an experiment, and what its result set is made from; loads no tensor library. */
export interface ExperimentIdentity {
  profile: Profile;
  readings: Readings;
  resultSet: ResultSetIdentity;
}

/** What an experiment at a profile under readings that differ from the default works on. */
export async function experimentIdentity(
  profileName: string,
  changes: Readonly<Record<string, string | number>>,
): Promise<ExperimentIdentity> {
  const chosen = readings(changes);
  const profile = underReadings(chosenSize(profileNamed(profileName)), chosen);
  const { hashes: inputs } = await inputsOf(profile);
  const precision = wantedPrecision();
  return {
    profile,
    readings: chosen,
    resultSet: {
      profile,
      inputs,
      readings: changedReadings(chosen),
      ...(precision !== "float32" && { precision }),
    },
  };
}

/** A profile whose warm-up and start of τ are those of the readings (R6, R17). */
function underReadings(profile: Profile, { warmup, tauStart }: Readings): Profile {
  const warmupSteps = Math.max(1, Math.round((Number(warmup) / paper.warmupSteps) * profile.warmupSteps));
  return { ...profile, warmupSteps, tauStart: Number(tauStart) };
}
