import * as tf from "@tensorflow/tfjs";
import { chooseBackend } from "../backend/choose.js";
import type { InputScaling } from "../data/activations/scale.js";
import { type Autoencoder, autoencoderOf } from "../experiment/training/autoencoder.js";
import { saveAutoencoder } from "../experiment/training/load.js";
import { noInhibition, noNeighbours } from "../mechanisms/index.js";
import type { Competition, Method } from "../method.js";
import { paramsOf, type SaeWeights } from "../sae/params.js";
import { disposeState, initialState, type TrainState } from "../sae/state.js";
import { onScaledInput } from "./raw-input.js";

/** An autoencoder that another package saved, in the form of this one. */
export interface ForeignAutoencoder {
  /** For raw activations, with an encoder that takes x − b_dec, as here. */
  weights: SaeWeights;
  /** Which activations are features: all above 0, of each token the k largest, or those above their feature's θ. */
  keep: Method["keep"];
  /** The package, with its version where that is said. */
  from: string;
  /** What the package calls its kind. */
  kind: string;
  /** The model, and where in it the activations are; undefined where that is not said. */
  model: string | undefined;
  hook: string | undefined;
}

/** Vectors as they are: what a `ForeignAutoencoder` takes. */
const unscaled = (d_in: number): InputScaling => ({ mean: new Float64Array(d_in), scale: 1 });

const competitionOf = ({ keep }: ForeignAutoencoder): Competition => ({
  inhibit: noInhibition,
  neighbours: noNeighbours,
  keep,
});

/**
 * The autoencoder ready to be used on h = (x − mean) · scale, in the units of trainings on such vectors; without a scaling on the
 * model's own activations x. Features are those of the other package times scale.
 */
export const foreignReady = (foreign: ForeignAutoencoder, given?: InputScaling): Promise<Autoencoder> => {
  const scaling = given ?? unscaled(foreign.weights.d_in);
  const take = (state: TrainState) => autoencoderOf(state, competitionOf(foreign), { scaling });
  return withState(onScaledInput(foreign.weights, scaling), take);
};

/** Saves it for `loadAutoencoder`, which then takes the model's own activations; returns the file's path. */
export const saveForeign = (place: string, foreign: ForeignAutoencoder): Promise<string> => {
  const { weights, from, kind, model, hook } = foreign;
  const about = { from, kind, ...(model !== undefined && { model }), ...(hook !== undefined && { hook }) };
  const options = { scaling: unscaled(weights.d_in), about };
  return withState(weights, (state) => saveAutoencoder(place, state, competitionOf(foreign), options));
};

/** Works with a state of these weights, which takes no step, and frees it. */
async function withState<T>(weights: SaeWeights, work: (state: TrainState) => T | Promise<T>): Promise<T> {
  await chooseBackend();
  const params = paramsOf(weights);
  const state = initialState(params, { activityWindow: 1, random: [1, 0, 0, 0] });
  tf.dispose(Object.values(params));
  try {
    return await work(state);
  } finally {
    disposeState(state);
  }
}
