import path from "node:path";
import { cacheFolder, exists } from "../base/files.js";
import { groupBy } from "../base/group-by.js";
import { essentialSpec } from "../experiment/resolve.js";
import { resultSetOf } from "../experiment/results/result-set.js";
import type { SavedResultSet } from "../experiment/results/saved.js";
import type { CompleteSpec } from "../experiment/spec.js";
import { runFolder } from "../experiment/training/folders.js";
import { changedLeaves } from "./diff.js";

/** One line of `snc status`. */
export interface StageStatus {
  stage: "options" | "inputs" | "activations" | "training" | "variation" | "notebook" | "files";
  name: string;
  state: "up to date" | "changed" | "present" | "missing";
  detail: string;
}

/** Whether a result set's specification and inputs are those that this version would use now. */
export function identityStatus(
  { name, identity: { spec } }: SavedResultSet,
  inputs: CompleteSpec["inputs"],
): StageStatus[] {
  const { name: now } = resultSetOf(spec);
  const beyond = Object.keys(essentialSpec(spec)).filter((choice) => choice !== "profile");
  const changed = changedLeaves(spec.inputs, inputs).map(({ what }) => what);
  return [
    {
      stage: "options",
      name: [`profile ${spec.profile}`, ...beyond].join(", "),
      state: now === name ? "up to date" : "changed",
      detail: now === name ? "" : `they make ${now} now`,
    },
    {
      stage: "inputs",
      name: spec.activations ? "own activations" : "model and texts",
      state: changed.length > 0 ? "changed" : "up to date",
      detail: changed.join(", "),
    },
  ];
}

/** The layers in the cache that trainings were made on; vectors of a user's own lie elsewhere. */
export function captured({
  trainings,
  variations,
  identity,
}: Pick<SavedResultSet, "trainings" | "variations" | "identity">): { key: string; layer: string }[] {
  if (identity.spec.activations) return []; // they are inputs
  const places = new Set(
    [...trainings, ...variations].flatMap(({ data }) => /^[0-9a-f]+\/layer-\d+(?=\/)/.exec(data) ?? []),
  );
  return [...places].map((place) => ({ key: path.dirname(place), layer: path.basename(place) }));
}

/** Whether the activations that the trainings saw are still in the cache; they are captured again when needed. */
export async function activationStatus(set: SavedResultSet): Promise<StageStatus[]> {
  return Promise.all(
    captured(set).map(async ({ key, layer }): Promise<StageStatus> => {
      const at = path.join(cacheFolder(), "activations", key, layer);
      const isThere = (await exists(`${at}.arrow`)) || (await exists(at));
      return { stage: "activations", name: layer, state: isThere ? "present" : "missing", detail: key };
    }),
  );
}

/** For each run and layer of the profile, and each other that was trained: the seeds that are there and that lack. */
export function trainingStatus({ identity: { profile }, trainings }: SavedResultSet): StageStatus[] {
  const wanted = profile.layers.flatMap((layer) => profile.runs.map((run) => ({ layer, run })));
  const trained = trainings.map(({ layer, run }) => ({ layer, run: run.number }));
  const places = new Map([...wanted, ...trained].map((place) => [`run ${place.run}, layer ${place.layer}`, place]));
  return [...places].map(([name, { layer, run }]) => {
    const there = trainings.filter((t) => t.layer === layer && t.run.number === run).map(({ seed }) => seed);
    const isWanted = wanted.some((place) => place.layer === layer && place.run === run);
    const lacking = isWanted ? profile.seeds.filter((seed) => !there.includes(seed)) : [];
    const detail = [
      ...(there.length > 0 ? [`seeds ${there.join(", ")}`] : []),
      ...(lacking.length > 0 ? [`missing: seeds ${lacking.join(", ")}`] : []),
    ].join("; ");
    return { stage: "training", name, state: lacking.length > 0 ? "missing" : "present", detail };
  });
}

/** For each variation on each layer: the seeds that are there. */
export const variationStatus = ({ variations }: Pick<SavedResultSet, "variations">): StageStatus[] =>
  [...groupBy(variations, ({ layer, run }) => `${runFolder(run)}, of Run ${run.number}, layer ${layer}`)].map(
    ([name, trained]) => ({
      stage: "variation",
      name,
      state: "present",
      detail: `seeds ${trained.map(({ seed }) => seed).join(", ")}`,
    }),
  );
