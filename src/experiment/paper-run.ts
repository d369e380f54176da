import { paper } from "../paper.js";
import type { Profile } from "../profiles.js";
import type { Readings } from "../readings.js";
import { type Run, run } from "../runs.js";

/** The run of the paper with this number under an experiment's readings, at its profile's intervals and momentum. */
export const paperRun = ({ profile, readings }: { profile: Profile; readings: Readings }, number: number): Run =>
  run(number, {
    readings,
    pruneEvery: profile.interval,
    reallocateAfter: reallocateAfter(profile, readings),
    momentum: profile.momentum,
  });

/** Reading R13: steps of low importance before a feature is started again. */
const reallocateAfter = ({ interval }: Profile, readings: Readings): number =>
  Math.round((Number(readings.reallocateAfter) / paper.interval) * interval);
