import { readPaperModel } from "../data/texts/published.js";
import type { Experiment } from "../experiment/experiment.js";
import { readResultSetIdentity } from "../experiment/results/result-set.js";
import { readResultTables, readResultTablesIfAny } from "../experiment/results/tables.js";
import { untrainedFolder } from "../experiment/training/folders.js";
import { readFrontier } from "../frontier/document.js";
import type { Profile } from "../profiles.js";
import { checkClaims } from "./check.js";
import type { Claim } from "./claim.js";
import { untrainedNeeded } from "./controls.js";
import { readRegistry } from "./list.js";
import type { Measurement } from "./measure.js";
import { readReadingsStudy } from "./readings-study.js";
import { layersOfModel, type Scope, scopeOf } from "./scope.js";
import { readShares } from "./universes.js";

/** What verdicts about an experiment's result set are about. */
export const scopeOfSet = async ({
  profile,
  resultSet: { folder },
}: Pick<Experiment, "profile" | "resultSet">): Promise<Scope> =>
  scopeOf(profile, await readResultSetIdentity(folder), (await readPaperModel()).files);

/** What claims are measured on: all finished trainings of an experiment's result set and its controls, with their scope. */
export async function measurementOf(
  experiment: Pick<Experiment, "profile" | "readings" | "resultSet">,
): Promise<Measurement> {
  const { folder } = experiment.resultSet;
  const scope = await scopeOfSet(experiment);
  const study = await readReadingsStudy(experiment.profile.name);
  return {
    tables: await readResultTables(folder),
    readings: experiment.readings,
    scope,
    untrained: await readResultTablesIfAny(untrainedFolder(folder)),
    frontier: await readFrontier(folder),
    shares: await readShares(folder),
    ...(study?.scope === scope.text && { study }),
  };
}

/** Of these layers and runs of a profile those whose untrained control some of the claims is put to, by layer. */
export function untrainedOf(
  profile: Profile,
  claims: readonly Claim[],
  { layers = profile.layers, runs = profile.runs }: Pick<ControlsAsked, "layers" | "runs"> = {},
): { layer: number; runs: number[] }[] {
  return untrainedNeeded(claims, { layersOf: layersOfModel(profile) })
    .filter(({ layer }) => layers.includes(layer))
    .map((needed) => ({ ...needed, runs: needed.runs.filter((run) => runs.includes(run)) }))
    .filter((needed) => needed.runs.length > 0);
}

/**
 * Computes controls that are not there, trainings at a learning rate of 0: those that decide a verdict, of claims that hold by
 * all else, or all that claims are put to.
 */
export async function computeUntrained(
  experiment: Experiment,
  { all = false, ...asked }: ControlsAsked = {},
): Promise<void> {
  const { claims } = await readRegistry();
  const put = all ? claims : holding(claims, { ...(await measurementOf(experiment)), untrained: [] });
  for (const { layer, runs } of untrainedOf(experiment.profile, put, asked))
    await experiment.trainAll({ runs, layers: [layer], seeds: asked.seeds, untrained: true });
}

const holding = (claims: readonly Claim[], measurement: Measurement): Claim[] =>
  checkClaims(claims, claims, measurement).flatMap(({ claim, verdict }) => (verdict === "holds" ? claim : []));

/** Which layers, runs and seeds, the experiment's where it is not said; and whether of all claims. */
export interface ControlsAsked {
  layers?: number[];
  runs?: number[];
  seeds?: number[];
  all?: boolean;
}
