import { SncError } from "../base/errors.js";
import type { Experiment } from "../experiment/experiment.js";
import { findTraining } from "../experiment/training/training.js";
import { readTrainedWeights } from "../experiment/training/weights.js";
import { describe } from "../method.js";
import { profiles } from "../profiles.js";
import { onRawInput, withoutDisabled } from "./raw-input.js";
import { writeSaeLens } from "./sae-lens.js";

/** The models' names outside this package. */
const modelNames: Record<string, { name: string; prependBos: boolean }> = {
  [profiles.default.model]: { name: "HuggingFaceTB/SmolLM2-135M-Instruct", prependBos: false },
  [profiles.paper.model]: { name: "google/gemma-2-2b", prependBos: true },
};

export interface SaeLensExport {
  run: number;
  layer: number;
  seed: number;
  folder: string;
  /** Write a competing run's encoder and decoder although SAELens cannot compute what stands between them. */
  withoutCompetition?: boolean;
}

/** Writes a trained autoencoder as a folder for SAELens. Throws a usage error for a run that competes, unless told to. */
export async function exportSaeLens(experiment: Experiment, request: SaeLensExport) {
  const { profile, readings, resultSet } = experiment;
  const { run, layer, seed, folder, withoutCompetition = false } = request;
  const { method, name } = experiment.run(run);
  const competes = method.inhibit.ruleName !== "noInhibition";
  if (competes && !withoutCompetition)
    throw new SncError(
      "usage",
      `--run ${run}: expected a run without competition (0 to 6), found ${method.inhibit.ruleName} (${name}). A standard ` +
        "autoencoder of SAELens has no place for it. To export encoder and decoder alone, which give other features and " +
        "reconstructions than this run's: --without-competition",
    );
  const training = await findTraining(resultSet.folder, await experiment.spec(run, layer, seed));
  if (!training)
    throw new SncError(
      "input",
      `${resultSet.folder}: expected a finished, unchanged training of run ${run}, layer ${layer}, seed ${seed}, found ` +
        `none. Run: snc train --profile ${profile.name} --run ${run} --layer ${layer} --seed ${seed}`,
    );
  const { weights: trained, alive, scaling, ...size } = await readTrainedWeights(training.folder);
  if (!scaling) throw new SncError("internal", `${training.folder}: how its input was scaled is not recorded`);
  const weights = onRawInput(withoutDisabled({ ...size, ...trained }, alive), scaling);
  const model = modelNames[profile.model] ?? { name: profile.model, prependBos: false };
  const about = {
    key: training.record.key,
    run: { number: run, name },
    layer,
    seed,
    method: describe(method),
    /** f of this package is SAELens's feature activation times this number. */
    scale: scaling.scale,
    disabledFeatures: [...alive.keys()].filter((i) => alive[i] === 0),
    competitionLeftOut: competes,
  };
  const { site, firstPosition } = readings;
  const place = {
    modelName: model.name,
    layer,
    site,
    contextLength: profile.contextLength,
    prependBos: model.prependBos,
    firstPosition: firstPosition === "dropped" ? 1 : 0,
  };
  await writeSaeLens(folder, weights, place, about);
  return { folder, d_in: weights.d_in, d_sae: weights.d_sae, ...about };
}
