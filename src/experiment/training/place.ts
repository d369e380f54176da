import { chooseBackend } from "../../backend/choose.js";
import { canonicalJson, sha256 } from "../../base/files.js";
import { describe } from "../../method.js";
import type { RecordedRun } from "./folders.js";
import { homeOf } from "./home.js";
import { trainingSources } from "./sources.js";
import type { TrainingSpec } from "./spec.js";
import { optimizationOf } from "./steps.js";

/** All that a training's numbers depend on, as run.json records it; `recorded` is its run as it is named there. */
export async function identityOf(
  { run, layer, seed, profile, d_sae, init, learningRate, measured, activations }: TrainingSpec,
  recorded: RecordedRun = { number: run.number, name: run.name },
) {
  const { name, device, version, kernels, precision } = await chooseBackend();
  return {
    run: recorded,
    layer,
    seed,
    ...(d_sae !== undefined && { d_sae }),
    steps: profile.steps,
    batchSize: profile.batchSize,
    init: `${init}, τ from ${profile.tauStart}`,
    method: describe(run.method),
    optimization: { ...optimizationOf(profile, learningRate), interval: profile.interval },
    backend: { name, device, version, kernels, precision },
    ...(measured === "ends" && { measured }),
    data: activations.key,
    sources: trainingSources(),
  };
}

/** Where a training belongs, and the key by which its results are known to be its own. */
export async function placeOf(resultSet: string, spec: TrainingSpec) {
  const home = await homeOf(resultSet, spec);
  const identity = await identityOf(spec, home.run);
  const { measured: _, ...atIntervals } = identity;
  return { ...home, identity, key: keyOf(identity), serves: [keyOf(identity), keyOf(atIntervals)] };
}

const keyOf = (identity: object): string => sha256(canonicalJson(identity)).slice(0, 16);

export type Place = Awaited<ReturnType<typeof placeOf>>;
