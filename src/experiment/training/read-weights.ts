import path from "node:path";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { recordedHash, requireRecorded } from "../../base/recorded.js";
import { keepAll } from "../../mechanisms/keep.js";
import { openSafetensors } from "../../model/safetensors.js";
import { ofUser, type TensorFile } from "../../model/tensor-file.js";
import { namesIn, type PerWeight, perWeight, shapesOf } from "../../sae/params.js";
import { madeByTraining } from "./record.js";
import { type DescribedCompetition, type TrainedWeights, weightsName } from "./weights.js";

/** What `trainedWeights` wrote into a training's folder. Throws an input error where it is not there, or changed. */
export async function readTrainedWeights(folder: string): Promise<TrainedWeights> {
  const file = path.join(folder, weightsName);
  await requireRecorded(file, madeByTraining(folder));
  return readWeightsFile(file);
}

/** What `encodeAutoencoder` wrote. Throws an input error where the file is not as its recorded sha256 says, or not of this form. */
export async function readAutoencoderFile(file: string): Promise<TrainedWeights> {
  if (await recordedHash(file)) await requireRecorded(file, { by: "saveAutoencoder", next: "Save it again" });
  return readWeightsFile(file);
}

const described = z.object({ rule: z.string() }).catchall(z.unknown());
const competitionIn = z.object({
  inhibit: described,
  neighbours: described,
  keep: described.default({ rule: keepAll.ruleName, source: keepAll.source }), // files from before there was a choice
});

async function readWeightsFile(file: string): Promise<TrainedWeights> {
  const opened = await ofUser(openSafetensors(file));
  try {
    return await read(file, opened);
  } finally {
    await opened.close();
  }
}

async function read(file: string, opened: TensorFile): Promise<TrainedWeights> {
  const fail = (expected: string, found: unknown): never => {
    throw new SncError("input", `${file}: expected ${expected}, found ${found}`);
  };
  const has = (name: string): boolean => opened.tensors.has(name);
  if (!has("W_enc") || !has("alive"))
    fail("an autoencoder that saveAutoencoder or snc train wrote", `tensors ${[...opened.tensors.keys()].join(", ")}`);
  const [d_in, d_sae] = opened.info("W_enc").shape;
  const shapes: Record<string, number[]> = {
    ...{ ...shapesOf({ d_in, d_sae }), alive: [d_sae], r: [d_sae], H: [d_sae, d_sae] },
    ...{ input_mean: [d_in], input_scale: [1] },
  };
  /** A tensor's numbers, each of which is as said; none where it may be missing. */
  const numbers = async <T extends Float32Array | Float64Array>(
    name: string,
    reader: (name: string) => Promise<T>,
    words: string,
    admits: (value: number) => boolean,
  ): Promise<T> => {
    const { shape } = opened.info(name);
    if (String(shape) !== String(shapes[name])) fail(`${name} of shape [${shapes[name]}]`, `[${shape}]`);
    const values = await reader(name);
    const other = values.findIndex((value) => !admits(value));
    return other < 0 ? values : fail(`${words} in ${name}`, values[other]);
  };
  const float32 = (name: string) => opened.readFloat32(name);
  const float64 = (name: string) => opened.readFloat64(name);
  const isBelow = (most: number) => (value: number) => Number.isInteger(value) && value >= 0 && value < most;
  const weights: PerWeight<Float32Array> = perWeight(() => new Float32Array(0), { theta: opened.tensors.get("theta") });
  for (const name of namesIn(weights)) weights[name] = await numbers(name, float32, "finite numbers", Number.isFinite);
  const { competition, ...about } = opened.notes;
  return {
    ...{ d_in, d_sae, weights, about },
    alive: await numbers("alive", float32, "0 and 1", isBelow(2)),
    radius: has("r")
      ? Int32Array.from(await numbers("r", float32, `whole numbers below ${d_sae}`, isBelow(d_sae)))
      : new Int32Array(d_sae),
    coactivation: has("H")
      ? await numbers("H", float64, "finite numbers ≥ 0", (value) => value >= 0 && Number.isFinite(value))
      : new Float64Array(0),
    scaling: has("input_mean")
      ? {
          mean: await numbers("input_mean", float64, "finite numbers", Number.isFinite),
          scale: (await numbers("input_scale", float64, "a number above 0", (value) => value > 0))[0],
        }
      : undefined,
    competition: competition === undefined ? undefined : parsedCompetition(competition, fail),
  };
}

function parsedCompetition(text: string, fail: (expected: string, found: unknown) => never): DescribedCompetition {
  try {
    return competitionIn.parse(JSON.parse(text));
  } catch (error) {
    return fail("a description of its competition in its metadata", (error as Error).message);
  }
}
