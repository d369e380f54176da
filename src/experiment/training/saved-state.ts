import { deserialize } from "node:v8";
import * as tf from "@tensorflow/tfjs";
import { chooseBackend } from "../../backend/choose.js";
import { SncError } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import { sizeOf } from "../../model/tensor-file.js";
import { namesIn, paramsOf, shapesOf } from "../../sae/params.js";
import { initialState, type TrainState } from "../../sae/state.js";
import { readWhole, restore, type Stored, type StoredState, writeState } from "./checkpoint.js";
import { digestLength } from "./checkpoint-header.js";

/** Whose a saved state is, and what is kept beside it. */
export interface SavedState<Records> {
  /** Names all that the numbers depend on: method, vectors, seed, sizes. A state of another key is refused. */
  key: string;
  /** Whatever was recorded up to here, such as `StepRecord[]`: plain values and typed arrays, no functions, no tensors. */
  records: Records;
}

/**
 * Saves a training's state with every bit, at any step of one's own loop, and what was recorded beside it. The file appears
 * whole or not at all: a process killed meanwhile leaves the one before. `loadState` reads it.
 *
 * @example
 * const key = JSON.stringify({ method: describe(method), seed, vectors: "mine.npy, sha256 12ab…" });
 * const saved = await loadState<StepRecord[]>("state.bin", key);
 * const state = saved?.state ?? initialState(params, { random: stream(seed, "rebirth").state() });
 * const records = saved?.records ?? [];
 * for (const record of train(state, method, batch, { ...optimization, steps: 1000 })) {
 *   records.push(record);
 *   if (state.step % 100 === 0) await saveState("state.bin", state, { key, records });
 * }
 */
export const saveState = <Records>(
  file: string,
  state: TrainState,
  { key, records }: SavedState<Records>,
): Promise<void> => writeState(file, `${JSON.stringify({ savedState: key })}\n`, state, records);

/**
 * The state that `saveState` saved, and its records; undefined where there is no such file. Going on from it gives, on the same
 * backend, the bytes of a training that was never stopped. The caller disposes the state. Throws an input error where the file is
 * damaged or something else, and a usage error where it was saved under another key; the file stays.
 */
export async function loadState<Records>(
  file: string,
  key: string,
): Promise<{ state: TrainState; records: Records } | undefined> {
  if (!(await exists(file))) return undefined;
  const saved = await readState(file);
  if (!saved)
    throw new SncError(
      "input",
      `${file}: expected a state that saveState saved, found a damaged or other file. Delete it`,
    );
  if (saved.key !== key)
    throw new SncError("usage", `${file}: expected the state of ${key}, found that of ${saved.key}. Name another file`);
  const { state: stored, recorded } = saved.stored;
  const { params, alive, random, activity } = stored;
  await chooseBackend();
  const initial = paramsOf({ ...params, d_in: params.b_dec.length, d_sae: alive.length });
  const state = initialState(initial, { random, activityWindow: activity.tokens.length });
  tf.dispose(Object.values(initial));
  restore(state, stored);
  return { state, records: recorded as Records };
}

/** What `saveState` wrote; undefined where the file is damaged or something else. */
async function readState(file: string): Promise<{ key: string; stored: Stored } | undefined> {
  const bytes = await readWhole(file);
  const end = bytes?.indexOf("\n", digestLength) ?? -1;
  if (!bytes || end < 0) return undefined;
  try {
    const { savedState: key } = JSON.parse(bytes.subarray(digestLength, end).toString());
    const stored: Stored = deserialize(bytes.subarray(end + 1));
    return typeof key === "string" && isState(stored.state) ? { key, stored } : undefined;
  } catch {
    return undefined; // a checkpoint of something else
  }
}

/** Whether all of a state is there, in sizes that fit each other. */
function isState(stored: StoredState | undefined): stored is StoredState {
  if (!stored?.params || !stored.m || !stored.v || !stored.alive || !stored.activity) return false;
  const { alive, params, m, v, coactivation, radius, lowSteps, silentSteps, activity, random, step } = stored;
  const [d_sae, d_in] = [alive.length, params.b_dec?.length];
  const shapes = shapesOf({ d_in, d_sae });
  const areWeights = [params, m, v].every((values) =>
    namesIn(params).every((name) => values[name]?.length === sizeOf(shapes[name])),
  );
  const perFeature = [radius, lowSteps, silentSteps].every((values) => values?.length === d_sae);
  const hasH = coactivation?.length === 0 || coactivation?.length === d_sae ** 2;
  const hasWindow = activity.counts?.length === activity.tokens?.length * d_sae;
  return areWeights && perFeature && hasH && hasWindow && Array.isArray(random) && Number.isSafeInteger(step);
}
