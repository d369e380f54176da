import { readManifest } from "../data/texts/manifest.js";
import { experimentIdentity } from "../experiment/identity.js";
import { resultSetOf } from "../experiment/results/result-set.js";
import type { Profile } from "../profiles.js";
import { type ReadingId, readingChoices } from "../readings.js";

/** Which trainings: every combination of these, under each set of readings. */
export interface WorkflowPlan {
  profile: Profile;
  runs: number[];
  layers: number[];
  seeds: number[];
  /** Whether the model and the texts are fetched from packages, or put on the machine by the user. */
  fetchesInputs: boolean;
  sets: PlannedSet[];
}

/** A result set of the plan. */
interface PlannedSet {
  /** Its folder's name. */
  name: string;
  /** Readings that differ from the default, as id=value. */
  readings: string[];
  /** Those of them that the activations depend on. */
  captureReadings: string[];
}

export interface WorkflowRequest {
  profile: string;
  readings: Record<string, string>;
  /** Readings of which every other choice gets a result set of its own. */
  alternatives: ReadingId[];
  runs?: number[];
  layers?: number[];
  /** How many, from the profile's first on. */
  seeds?: number;
}

/** What of the readings the activations in the cache depend on (R20, R21). */
const ofCapture: readonly string[] = ["site", "firstPosition"] satisfies ReadingId[];

/** The plan of a request; the readings given first, then each alternative beside them. */
export async function planWorkflow(request: WorkflowRequest): Promise<WorkflowPlan> {
  const changes = [request.readings];
  for (const id of request.alternatives)
    for (const choice of readingChoices[id]) changes.push({ ...request.readings, [id]: choice });
  const sets = new Map<string, PlannedSet>();
  for (const readings of changes) {
    const { resultSet } = await experimentIdentity(request.profile, readings);
    const { name } = resultSetOf(resultSet);
    const changed = Object.entries(resultSet.readings).map(([id, value]) => `${id}=${value}`);
    const captureReadings = changed.filter((reading) => ofCapture.includes(reading.split("=")[0]));
    sets.set(name, { name, readings: changed, captureReadings }); // the default among the choices is the set given
  }
  const { profile } = await experimentIdentity(request.profile, request.readings);
  const { runs = profile.runs, layers = profile.layers, seeds = profile.seeds.length } = request;
  const { resources } = await readManifest();
  return {
    profile,
    runs,
    layers,
    seeds: Array.from({ length: seeds }, (_, i) => profile.seeds[0] + i),
    fetchesInputs: resources.some(({ name }) => name === profile.model),
    sets: [...sets.values()],
  };
}
