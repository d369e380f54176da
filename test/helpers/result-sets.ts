/** Result sets made up for tests. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sealed } from "../../src/base/recorded.js";
import { sizesOf } from "../../src/experiment/resolve.js";
import type { CompleteSpec } from "../../src/experiment/spec.js";
import { placeInRuns } from "../../src/experiment/training/folders.js";
import type { TrainingRecord } from "../../src/experiment/training/record.js";
import type { Profile } from "../../src/profiles.js";

/** The complete specification of a profile with made-up inputs. */
export function madeUpSpec(name: Profile["name"], changes: Partial<CompleteSpec> = {}): CompleteSpec {
  const { profile } = sizesOf({ profile: name, ...changes });
  const { layers, runs, seeds, steps, batchSize, warmupSteps, interval, d_in, trainSequences, testSequences } = profile;
  return {
    ...{ profile: name, layers, runs, seeds, steps, batchSize, warmupSteps, interval, d_in, d_sae: d_in },
    ...{ sequences: [trainSequences, testSequences], readings: {}, precision: "float32", inputs: { model: "i" } },
    ...changes,
  };
}

/** That of `writeResultSet`'s. */
export const smokeSpec = (changes: Partial<CompleteSpec> = {}): CompleteSpec =>
  madeUpSpec("smoke", { layers: [6], runs: [0, 1], seeds: [42, 43], ...changes });

/** The flags of a training whose mechanisms all acted. */
export const noFlags: TrainingRecord["flags"] = {
  tauPinned: null,
  lambda1Pinned: null,
  emptyPairs: 0,
  idleCompetition: 0,
  pruned: 0,
  reallocated: 0,
  identicalToPredecessor: null,
  firstActed: null,
};

/** The record of a finished training. */
export const training = (run: number, layer: number, seed: number, final: TrainingRecord["final"]): TrainingRecord => ({
  key: "k",
  run: { number: run, name: `run ${run}` },
  layer,
  seed,
  d_in: 2,
  d_sae: 2,
  steps: 1,
  batchSize: 1,
  init: "tied",
  method: {},
  optimization: {},
  backend: { name: "native", device: "cpu", version: "1", kernels: "none", precision: "float32" },
  data: `abc/layer-${layer}/raw`,
  sources: "s",
  seconds: 1,
  sharedSteps: 0,
  secondsByPart: {},
  flopsPerStep: {},
  flags: noFlags,
  final,
});

/** A variation of a run, as it is recorded. */
export const variation = (number: number, name: string): TrainingRecord["run"] => ({
  number,
  name,
  variation: "0123abcd",
});

export interface MadeUp {
  trainings?: TrainingRecord[];
  steps?: number;
  input?: string;
  cores?: number;
  verdicts?: Record<string, string>;
}

/** Writes a result set with these differences from the standard one into `folder`. */
export function writeResultSet(
  folder: string,
  { trainings = [training(0, 6, 42, { loss: 2, dead: 0 })], steps = 90, input = "i", cores = 2, verdicts }: MadeUp = {},
): string {
  const write = (file: string, value: object): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), JSON.stringify(sealed(value)));
  };
  write("experiment.json", { name: path.basename(folder), ...smokeSpec({ steps, inputs: { model: input } }) });
  write("env.json", { cores, backend: { version: "1" } });
  if (verdicts) write("claims.json", { claims: Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict })) });
  for (const record of trainings)
    write(path.join("runs", placeInRuns(record.layer, record.run, record.seed), "run.json"), record);
  return folder;
}
