import { SncError } from "../base/errors.js";
import type { Experiment } from "../experiment/experiment.js";
import type { MethodSpec, VariationSpec } from "../experiment/spec.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import { loadTraining } from "../experiment/training/load.js";
import { findTraining } from "../experiment/training/training.js";
import { describe } from "../method.js";
import type { Run } from "../runs.js";
import type { SaeWeights } from "../sae/params.js";
import { modelNameOf } from "./model-names.js";
import { onRawInput } from "./raw-input.js";
import { writeSaeLens } from "./sae-lens.js";
import type { SaeLensArchitecture, SaeLensPlace } from "./sae-lens-config.js";

/** Where an autoencoder is written to for SAELens, and what is said of it. */
export interface AutoencoderExport {
  folder: string;
  /** Where it belongs: model, layer, site. */
  place: SaeLensPlace;
  /** What else its metadata say. */
  about?: Readonly<Record<string, unknown>>;
  /** Write a competing autoencoder's encoder and decoder although SAELens cannot compute what stands between them. */
  withoutCompetition?: boolean;
}

/** What has been written for SAELens. */
export interface Exported {
  folder: string;
  /** As what SAELens loads it: `standard`, `topk`, or `jumprelu` where features have thresholds. */
  architecture: SaeLensArchitecture["architecture"];
  d_in: number;
  d_sae: number;
  /** f of this package is SAELens's feature activation times this number. */
  scale: number;
  /** Features that are switched off: no input reaches them in the folder either. */
  disabledFeatures: number[];
  competitionLeftOut: boolean;
}

/**
 * Writes an autoencoder, from `loadAutoencoder`, `loadTraining` or `autoencoderOf`, as a folder for SAELens, in the architecture that
 * has its features. What the form cannot say is made true in the weights: the input scaling goes into biases and thresholds,
 * features switched off get an encoder of zero and a bias below zero. Throws a usage error for one that competes, unless told to
 * leave that out, for one that keeps features by a rule of one's own, and where it is not known how its input was scaled.
 */
export async function exportAutoencoder(
  sae: Autoencoder,
  { folder, place, about = {}, withoutCompetition = false }: AutoencoderExport,
): Promise<Exported> {
  const { rule } = sae.competition.inhibit;
  if (competes(rule) && !withoutCompetition)
    throw new SncError(
      "usage",
      `${folder}: expected an autoencoder without competition, found ${rule}. ${noPlace}: withoutCompetition: true`,
    );
  const { scaling } = sae;
  if (!scaling)
    throw new SncError(
      "usage",
      `${folder}: expected how the autoencoder's input was scaled, found nothing: SAELens gives it raw activations. Save it ` +
        'with { scaling }; of vectors that were taken as they are: measureScaling(vectors, d_in, "raw")',
    );
  const weights = sae.weights();
  const architecture = architectureOf(folder, sae, weights);
  const said = {
    /** f of this package is SAELens's feature activation times this number. */
    scale: scaling.scale,
    disabledFeatures: [...sae.alive.keys()].filter((i) => sae.alive[i] === 0),
    competitionLeftOut: competes(rule),
  };
  await writeSaeLens(folder, onRawInput(weights, scaling), place, { ...about, ...said }, architecture);
  return { folder, architecture: architecture.architecture, d_in: sae.d_in, d_sae: sae.d_sae, ...said };
}

/** The architecture of SAELens that has the same features. */
function architectureOf(
  folder: string,
  { competition, d_sae }: Autoencoder,
  { theta }: SaeWeights,
): SaeLensArchitecture {
  const { rule, k } = competition.keep;
  if (rule === "keepAll") return { architecture: "standard" };
  if (rule === "topK")
    return { architecture: "topk", k: Math.min(Number(k), d_sae), rescale_acts_by_decoder_norm: false };
  if ((rule === "batchTopK" || rule === "jumpRelu") && theta) return { architecture: "jumprelu" };
  throw new SncError(
    "usage",
    `${folder}: expected features that SAELens has, kept by keepAll, topK, or batchTopK or jumpRelu with their thresholds theta, ` +
      `found ${rule}${theta ? "" : " without theta"}`,
  );
}

const competes = (rule: unknown): boolean => rule !== "noInhibition";
const noPlace =
  "A standard autoencoder of SAELens has no place for it. To export encoder and decoder alone, which give other features and " +
  "reconstructions";

/** Which training of an experiment is written, and where. */
export interface SaeLensExport {
  /** A run by its number, a variation of one, or another method. */
  run: number | VariationSpec | MethodSpec;
  layer: number;
  seed: number;
  folder: string;
  /** Write a competing run's encoder and decoder although SAELens cannot compute what stands between them. */
  withoutCompetition?: boolean;
}

/** The options that name a run, a variation or a method on the command line. */
function flagsOf(choice: SaeLensExport["run"]): string {
  if (typeof choice === "number") return `--run ${choice}`;
  const { set = {}, ...named } = "set" in choice ? choice : { ...choice, set: undefined };
  const settings = Object.entries(set).map(([key, value]) => `--set ${key}=${value}`);
  return [...Object.entries(named).map(([option, value]) => `--${option} ${value}`), ...settings].join(" ");
}

/** Writes a training of an experiment as a folder for SAELens, as `exportAutoencoder` does; throws an input error where it is missing. */
export async function exportSaeLens(experiment: Experiment, request: SaeLensExport) {
  const { profile, readings, resultSet } = experiment;
  const { run: choice, layer, seed, folder, withoutCompetition = false } = request;
  const said = flagsOf(choice);
  const requireWithoutCompetition = ({ method, name }: Run): void => {
    const { ruleName } = method.inhibit;
    if (competes(ruleName) && !withoutCompetition)
      throw new SncError(
        "usage",
        `${said}: expected a run without competition (0 to 6), found ${ruleName} (${name}). ${noPlace} than this run's: ` +
          "--without-competition",
      );
  };
  if (typeof choice === "number") requireWithoutCompetition(experiment.run(choice)); // before anything is captured
  const spec = await experiment.spec(choice, layer, seed);
  const { method, name } = spec.run;
  requireWithoutCompetition(spec.run);
  const training = await findTraining(resultSet.folder, spec);
  if (!training)
    throw new SncError(
      "input",
      `${resultSet.folder}: expected a finished, unchanged training of ${typeof choice === "number" ? `run ${choice}` : name}, layer ` +
        `${layer}, seed ${seed}, found none. Run: snc train --profile ${profile.name} ${said} --layer ${layer} --seed ${seed}`,
    );
  const { key, run } = training.record;
  const about = { key, run, layer, seed, method: describe(method) };
  const model = modelNameOf(profile);
  const { site, firstPosition } = readings;
  const place = {
    modelName: model.name,
    layer,
    site,
    contextLength: profile.contextLength,
    prependBos: model.prependBos,
    firstPosition: firstPosition === "dropped" ? 1 : 0,
  };
  const sae = await loadTraining(training.folder, { method });
  try {
    return { ...(await exportAutoencoder(sae, { folder, place, about, withoutCompetition })), ...about };
  } finally {
    sae.dispose();
  }
}
