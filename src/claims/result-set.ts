import { existsSync } from "node:fs";
import path from "node:path";
import { readPaperModel } from "../data/texts/published.js";
import type { Experiment } from "../experiment/experiment.js";
import { readResultSetIdentity } from "../experiment/results/result-set.js";
import { readResultTables, type TrainedTables } from "../experiment/results/tables.js";
import { untrainedFolder } from "../experiment/training/folders.js";
import type { Profile } from "../profiles.js";
import { untrainedNeeded } from "./controls.js";
import { readRegistry } from "./list.js";
import type { Measurement } from "./measure.js";
import { readReadingsStudy } from "./readings-study.js";
import { layersOfModel, type Scope, scopeOf } from "./scope.js";

/** What verdicts about an experiment's result set are about. */
export const scopeOfSet = async ({ profile, resultSet: { folder } }: Opened): Promise<Scope> =>
  scopeOf(profile, await readResultSetIdentity(folder), (await readPaperModel()).files);

type Opened = Pick<Experiment, "profile" | "resultSet">;

/** What claims are measured on: all finished trainings of an experiment's result set and its controls, with their scope. */
export async function measurementOf(experiment: Opened & Pick<Experiment, "readings">): Promise<Measurement> {
  const { folder } = experiment.resultSet;
  const scope = await scopeOfSet(experiment);
  const study = await readReadingsStudy(experiment.profile.name);
  return {
    tables: await readResultTables(folder),
    readings: experiment.readings,
    scope,
    untrained: await readUntrained(folder),
    ...(study?.scope === scope.text && { study }),
  };
}

/** The controls that a result set has; none where they were not computed. */
async function readUntrained(folder: string): Promise<TrainedTables[]> {
  const controls = untrainedFolder(folder);
  return existsSync(path.join(controls, "runs")) ? readResultTables(controls) : [];
}

/** Of these layers and runs of a profile those whose untrained control some claim is put to, by layer. */
export async function untrainedOf(
  profile: Profile,
  { layers = profile.layers, runs = profile.runs }: Omit<Asked, "seeds"> = {},
): Promise<{ layer: number; runs: number[] }[]> {
  const { claims } = await readRegistry();
  return untrainedNeeded(claims, { layersOf: layersOfModel(profile) })
    .filter(({ layer }) => layers.includes(layer))
    .map((needed) => ({ ...needed, runs: needed.runs.filter((run) => runs.includes(run)) }))
    .filter((needed) => needed.runs.length > 0);
}

/** Computes the controls that claims are put to and that are not there: the trainings asked for, at a learning rate of 0. */
export async function computeUntrained(experiment: Experiment, asked: Asked = {}): Promise<void> {
  for (const { layer, runs } of await untrainedOf(experiment.profile, asked))
    await experiment.trainAll({ runs, layers: [layer], seeds: asked.seeds, untrained: true });
}

/** Which layers, runs and seeds; the experiment's where it is not said. */
interface Asked {
  layers?: number[];
  runs?: number[];
  seeds?: number[];
}
