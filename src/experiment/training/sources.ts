import { sourceHash } from "../../base/source-hash.js";

/** A hash of all code that a training's numbers depend on. */
export const trainingSources = (): string =>
  sourceHash(
    "experiment/training/steps",
    "experiment/training/weights",
    "measure/features",
    "measure/density",
    "measure/flops",
    "measure/idle",
    "mechanisms/index",
    "data/activations/scale",
  );
