import { realpathSync } from "node:fs";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { canonicalJson, exists } from "../../base/files.js";
import { paper } from "../../paper.js";
import type { Profile } from "../../profiles.js";
import { type Readings, readings as readingsWith } from "../../readings.js";
import { experimentFile, readResultSetIdentity } from "../results/result-set.js";
import { untrainedFolder } from "./folders.js";
import type { TrainingSpec } from "./spec.js";

/** What a result set's folder says that its trainings are of. */
export interface SetSpecification {
  profile: Profile;
  readings: Readings;
  d_sae: number;
  precision: string;
}

/** The result set whose controls a folder holds; undefined of any other folder. */
export function setOfControls(folder: string): string | undefined {
  const set = path.dirname(path.dirname(folder));
  return path.resolve(folder) === path.resolve(untrainedFolder(set)) ? set : undefined;
}

/** What a folder says of its trainings; undefined where it says nothing: it is somebody's own, and not a result set. */
export async function specificationOf(folder: string): Promise<SetSpecification | undefined> {
  if (!(await exists(experimentFile(folder)))) return undefined;
  const { spec, profile, readings, precision } = await readResultSetIdentity(folder);
  return { profile, readings: readingsWith(readings), d_sae: spec.d_sae, precision };
}

type TrainedOn = TrainingSpec["activations"];

/** Of which result set's layers activations are. */
const places = new WeakMap<TrainedOn, { folder: string; layer: number }>();

/** Says that these are the activations of a layer that a result set is of; they do not change any more. */
export function activationsOfSet(folder: string, layer: number, activations: TrainedOn): TrainedOn {
  places.set(activations, { folder: realpathSync(folder), layer });
  return Object.freeze(activations);
}

/**
 * Throws a usage error for a training that a result set is not of: at another size, from another start, on other activations,
 * in another precision, at another learning rate than the paper's or, of its controls, 0. Runs are not looked at: another method
 * has a folder of its own.
 */
export function requireSpecified(
  folder: string,
  specified: SetSpecification,
  spec: TrainingSpec & { precision: string; isControl: boolean },
): void {
  const fail = (what: string, expected: unknown, found: unknown): never => {
    throw new SncError(
      "usage",
      `${what}: expected ${expected}, as ${experimentFile(folder)} says of its trainings, found ${found}. Trainings ` +
        "of another kind belong into a result set of their own: open an experiment with these options, or name a new folder",
    );
  };
  const [wanted, given] = [sizeOf(specified.profile), sizeOf(spec.profile)];
  for (const part of Object.keys({ ...wanted, ...given }))
    if (canonicalJson(wanted[part]) !== canonicalJson(given[part])) fail(part, wanted[part], given[part]);
  if (spec.d_sae !== specified.d_sae) fail("d_sae", specified.d_sae, spec.d_sae);
  if (spec.init !== specified.readings.init) fail("init", specified.readings.init, spec.init);
  if (spec.precision !== specified.precision) fail("precision", specified.precision, spec.precision);
  const [rate, { learningRate = paper.learningRate }] = [spec.isControl ? 0 : paper.learningRate, spec];
  if (learningRate !== rate) fail("learningRate", rate, learningRate);
  const from = places.get(spec.activations);
  if (from?.folder !== realpathSync(folder))
    fail("activations", "those that the experiment's spec() gives", `others (${spec.activations.key})`);
  else if (from.layer !== spec.layer)
    fail("activations", `those of layer ${spec.layer}`, `those of layer ${from.layer}`);
}

/** A profile's numbers: layers, runs and seeds are places in a result set; the others say where inputs lie and are computed. */
function sizeOf(profile: Profile): Record<string, unknown> {
  const { layers: _, runs: _r, seeds: _s, sequencesPerPass: _p, modelDir: _m, pileDir: _d, ...size } = profile;
  return size;
}
