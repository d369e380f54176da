import path from "node:path";
import { SncError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import { readDictionary } from "../evaluate/read-dictionary.js";
import type { Experiment } from "../experiment/experiment.js";
import { runFolder } from "../experiment/training/folders.js";
import { loadAutoencoder } from "../experiment/training/load.js";
import { loadTokenBytes } from "../model/tokenizer/token-bytes.js";
import { contentOf } from "./content.js";
import { comparisonHtml, dashboardHtml } from "./html.js";
import type { DashboardContent } from "./page-data.js";
import { pairFeatures } from "./pairing.js";
import { rescaled } from "./rescaled.js";
import {
  autoencoderFeatures,
  type FeaturesRequest,
  layerOfTokens,
  type TokensChoice,
  type TrainingFeatures,
  trainingFeatures,
} from "./training.js";

/** Where a page goes: by default into the result set's features/. */
interface PagePlace {
  file?: string;
}

/** A page that has been written. */
export interface WrittenPage {
  file: string;
  title: string;
  features: number;
  tokens: number;
}

/** Writes the page of a finished training's features. Throws an input error where the training is missing. */
export async function writeFeaturePage(
  experiment: Experiment,
  { file, ...request }: FeaturesRequest & PagePlace,
): Promise<WrittenPage> {
  return writePage(experiment, await trainingFeatures(experiment, request), { file, tokens: request.tokens });
}

/** How a page is placed. */
interface Placing extends PagePlace {
  tokens?: TokensChoice;
}

/** The same of features that were looked at before. */
export async function writePage(
  experiment: Experiment,
  features: TrainingFeatures,
  { file, tokens }: Placing = {},
): Promise<WrittenPage> {
  const { layer, seed, run } = features.record;
  const place = file ?? placeOf(experiment, { layer, name: runFolder(run), seed, tokens });
  const content = await contentOf(features);
  return written(place, [content], await dashboardHtml(content));
}

/** Writes the page of two finished trainings side by side: what became of `against`'s features in those of `run`. */
export async function writeComparisonPage(
  experiment: Experiment,
  { against, file, ...request }: FeaturesRequest & PagePlace & { against: FeaturesRequest["run"] },
): Promise<WrittenPage> {
  const a = await trainingFeatures(experiment, { ...request, run: against });
  return writeComparison(experiment, a, await trainingFeatures(experiment, request), { file, tokens: request.tokens });
}

/** The same of features that were looked at before: what became of a's in b. */
export async function writeComparison(
  experiment: Experiment,
  a: TrainingFeatures,
  b: TrainingFeatures,
  { file, tokens }: Placing = {},
): Promise<WrittenPage> {
  const { layer, seed, run } = b.record;
  const name = `${runFolder(run)}-against-${runFolder(a.record.run)}`;
  const place = file ?? placeOf(experiment, { layer, name, seed, tokens });
  const contents = [await contentOf(a), await contentOf(b)] as const;
  const pairing = pairFeatures(await readDictionary(a.folder), await readDictionary(b.folder));
  return written(place, contents, await comparisonHtml(contents, pairing));
}

/** Which autoencoder in a file, on which vectors of an experiment. */
export interface AutoencoderRequest extends PagePlace {
  /** As `loadAutoencoder` takes it. */
  autoencoder: string;
  layer: number;
  tokens?: TokensChoice;
}

/**
 * Writes the page of an autoencoder in a file, as `saveAutoencoder` or `snc import` left it, on a layer's vectors, which are scaled
 * as it takes them. Throws a usage error where these are of another width.
 */
export async function writeAutoencoderPage(
  experiment: Experiment,
  { autoencoder, layer, tokens, file }: AutoencoderRequest,
): Promise<WrittenPage> {
  const sae = await loadAutoencoder(autoencoder);
  try {
    const vectors = await layerOfTokens(experiment, layer, tokens);
    const { scaling, d_in } = await experiment.activations(layer);
    if (d_in !== sae.d_in)
      throw new SncError(
        "usage",
        `${autoencoder}: expected an autoencoder of vectors of width ${d_in}, as layer ${layer} has, found one of ${sae.d_in}. ` +
          "Name the experiment that has its model: --profile or --experiment",
      );
    const h = sae.scaling && scaling ? rescaled(vectors.h, scaling, sae.scaling) : vectors.h;
    const name = path.basename(autoencoder.replace(/[/\\]?weights\.safetensors$|\.safetensors$/, "")) || "autoencoder";
    const look = { title: `${name}, layer ${layer}`, modelName: experiment.profile.model };
    const dashboard = await autoencoderFeatures(sae, { ...vectors, h }, look);
    const content = { dashboard, bytesOf: await loadTokenBytes(vectors.texts.model) };
    const place = file ?? placeOf(experiment, { layer, name, tokens });
    return await written(place, [content], await dashboardHtml(content));
  } finally {
    sae.dispose();
  }
}

interface NamedPage {
  layer: number;
  name: string;
  seed?: number;
  tokens?: TokensChoice;
}

/** Such as features/layer-14/run-9/seed-42.html in the result set. */
function placeOf({ resultSet }: Experiment, { layer, name, seed, tokens }: NamedPage): string {
  const which = [seed === undefined ? "features" : `seed-${seed}`, ...(tokens === "all" ? ["all-tokens"] : [])];
  return path.join(resultSet.folder, "features", `layer-${layer}`, name, `${which.join("-")}.html`);
}

async function written(file: string, contents: readonly DashboardContent[], html: string): Promise<WrittenPage> {
  await writeFileAtomic(file, html);
  const [{ dashboard }] = contents;
  return {
    file,
    title: contents.map((content) => content.dashboard.title).join(" and "),
    features: dashboard.features.length,
    tokens: dashboard.tokens,
  };
}
