import { readdir } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../base/errors.js";
import { cacheFolder, exists } from "../base/files.js";
import { requireRecorded, verifyAlways } from "../base/recorded.js";
import { readVerdicts } from "../claims/document.js";
import { readFeaturePages } from "../dashboard/pages.js";
import { madeByCapture } from "../data/activations/activation-file.js";
import { readStability } from "../evaluate/seeds.js";
import { readEvaluation } from "../experiment/results/evaluation.js";
import type { SavedResultSet } from "../experiment/results/saved.js";
import { finishedTrainings, untrainedFolder } from "../experiment/training/folders.js";
import { requireTrainingFiles } from "../experiment/training/record.js";
import { savedFigureProblem, savedFigures } from "../figures/saved.js";
import { readFrontier } from "../frontier/document.js";
import { captured, type StageStatus } from "./status.js";

/**
 * Hashes every file that a result set and its activations are read from, whatever is remembered of it: a row for each
 * training, control, figure, layer and document, "changed" where it is not what its stage wrote, with what to do.
 */
export async function verifyFiles(set: SavedResultSet): Promise<StageStatus[]> {
  const { folder } = set;
  verifyAlways();
  const rows: StageStatus[] = [];
  const check = async (name: string, problem: () => Promise<unknown>): Promise<void> => {
    const detail = await problem().catch((error) => {
      if (error instanceof SncError) return error.message;
      throw error;
    });
    const changed = typeof detail === "string";
    rows.push({ stage: "files", name, state: changed ? "changed" : "up to date", detail: changed ? detail : "" });
  };
  // experiment.json and env.json have been checked: the result set would not have been read otherwise.
  for (const at of [folder, untrainedFolder(folder)])
    for (const training of await finishedTrainings(at, "all").catch(() => [])) {
      const name = path.relative(folder, training);
      await check(name, () => requireTrainingFiles(training));
      if (await exists(path.join(training, "evaluation.json")))
        await check(path.join(name, "evaluation.arrow"), async () => void (await readEvaluation(training)));
    }
  for (const name of ["figures", "figures-variations"]) {
    const figures = path.join(folder, name);
    for (const id of await savedFigures(figures)) await check(`${name}/${id}`, () => savedFigureProblem(figures, id));
  }
  await check("claims.json", async () => void (await readVerdicts(folder)));
  const documents = {
    "frontier.json": readFrontier,
    "stability.json": readStability,
    "features.json": readFeaturePages,
  };
  for (const [name, read] of Object.entries(documents))
    if (await exists(path.join(folder, name))) await check(name, async () => void (await read(folder)));
  for (const file of await activationFiles(set))
    await check(path.relative(cacheFolder(), file), () => requireRecorded(file, madeByCapture(file)));
  return rows;
}

/** The files of the layers that trainings saw, as far as they are still in the cache. */
async function activationFiles(set: SavedResultSet): Promise<string[]> {
  const files: string[] = [];
  for (const { key, layer } of captured(set)) {
    const at = path.join(cacheFolder(), "activations", key, layer);
    if (await exists(`${at}.arrow`)) files.push(`${at}.arrow`);
    const pieces = await readdir(at).catch(() => []);
    files.push(...pieces.filter((name) => name.endsWith(".arrow")).map((name) => path.join(at, name)));
  }
  return files.sort();
}
