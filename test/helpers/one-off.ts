import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import type { InputScaling } from "../../src/data/activations/scale.js";
import { type Autoencoder, autoencoderOf } from "../../src/experiment/training/autoencoder.js";
import { noInhibition, noNeighbours } from "../../src/mechanisms/index.js";
import type { Method } from "../../src/method.js";
import type { Params } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";

/** An autoencoder with these weights, which are disposed, whose features are kept by this rule; one of them is switched off. */
export function withOneOff(
  params: Params,
  { keep, scaling, off }: { keep: Method["keep"]; scaling: InputScaling; off: number },
): Autoencoder {
  const state = initialState(params, { random: stream(1, "rebirth").state() });
  tf.dispose(Object.values(params));
  state.alive[off] = 0;
  const sae = autoencoderOf(state, { inhibit: noInhibition, neighbours: noNeighbours, keep }, { scaling });
  disposeState(state);
  return sae;
}
