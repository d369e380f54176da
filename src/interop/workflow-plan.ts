import { readManifest } from "../data/texts/manifest.js";
import { essentialSpec, resolveExperiment } from "../experiment/resolve.js";
import { resultSetOf } from "../experiment/results/result-set.js";
import { runOf } from "../experiment/run-choice.js";
import type { CompleteSpec, ExperimentSpec } from "../experiment/spec.js";
import { runFolder } from "../experiment/training/folders.js";
import { recordedVariation } from "../experiment/training/home.js";
import type { Profile } from "../profiles.js";
import { type ReadingId, type Readings, readingChoices } from "../readings.js";

/** Which trainings: every combination of these, under each set of readings. */
export interface WorkflowPlan {
  profile: Profile["name"];
  runs: number[];
  layers: number[];
  seeds: number[];
  /** Whether the model and the texts are fetched from packages, or put on the machine by the user. */
  fetchesInputs: boolean;
  /** Whether vectors are captured from a model, or the user's own. */
  captures: boolean;
  sets: PlannedSet[];
}

/** A result set of the plan. */
interface PlannedSet {
  /** Its folder's name. */
  name: string;
  /** What its jobs are given, as a file. */
  spec: CompleteSpec;
  /** Readings that differ from the default, as id=value. */
  readings: string[];
  /** Those of them that the activations depend on. */
  captureReadings: string[];
  /** The folders' names of its specification's variations and methods. */
  variations: string[];
}

export interface WorkflowRequest {
  spec: ExperimentSpec;
  /** Readings of which every other choice gets a result set of its own. */
  alternatives: ReadingId[];
  runs?: number[];
  layers?: number[];
  /** How many, from the experiment's first on. */
  seeds?: number;
}

/** What of the readings the activations in the cache depend on (R20, R21). */
const ofCapture: readonly string[] = ["site", "firstPosition"] satisfies ReadingId[];

/** Those of some readings that the activations depend on, as id=value. */
export const captureReadingsOf = (readings: Partial<Readings>): string[] =>
  Object.entries(readings)
    .filter(([id]) => ofCapture.includes(id))
    .map(([id, value]) => `${id}=${value}`);

/** The plan of a request; the readings given first, then each alternative beside them. */
export async function planWorkflow({ spec: given, alternatives, ...chosen }: WorkflowRequest): Promise<WorkflowPlan> {
  const { profile, spec: resolved } = await resolveExperiment(given);
  const spec = essentialSpec(resolved);
  const specs = [spec];
  for (const id of alternatives)
    for (const choice of readingChoices[id]) specs.push({ ...spec, readings: { ...spec.readings, [id]: choice } });
  const sets = new Map<string, PlannedSet>();
  for (const each of specs) {
    const resolved = await resolveExperiment(each);
    const { spec: complete } = resolved;
    const { name } = resultSetOf(complete);
    const readings = Object.entries(complete.readings).map(([id, value]) => `${id}=${value}`);
    const captureReadings = captureReadingsOf(complete.readings);
    const variations = (complete.variations ?? [])
      .map((of) => runOf(resolved, of))
      .filter(({ variation }) => variation !== undefined) // a method may be a run of the paper
      .map((run) => runFolder(recordedVariation(run)));
    sets.set(name, { name, spec: complete, readings, captureReadings, variations }); // the default among the choices is the set given
  }
  const { runs = profile.runs, layers = profile.layers, seeds = profile.seeds.length } = chosen;
  const { resources } = await readManifest();
  return {
    profile: profile.name,
    runs,
    layers,
    seeds: Array.from({ length: seeds }, (_, i) => profile.seeds[0] + i),
    fetchesInputs: resources.some(({ name }) => name === profile.model),
    captures: profile.inputs !== "own",
    sets: [...sets.values()],
  };
}
