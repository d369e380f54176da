/** Numbers of an independent float64 implementation of the evaluations; EVALUATION_FIXTURES names a folder of others. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { openSafetensors } from "../../src/model/safetensors.js";
import { fixtures } from "./paths.js";

const folder = process.env.EVALUATION_FIXTURES ?? path.join(fixtures, "evaluation");

/** What a case says of the features, apart from the model. */
export interface EvaluationCase {
  arrays: string;
  sae: { d_in: number; d_sae: number };
  probing: {
    trainSource: number[];
    testSource: number[];
    negatives: { source: number; train: number[]; test: number[] }[];
    permutation: number[][];
  };
  expected: {
    varianceExplained: { pooled: number; perToken: number; uncentred: number; perDimension: number };
    featuresSwitchedOff: number;
    nearestDecoder: { mean: number; median: number; p95: number };
    meanDecoder: number;
    meanDecoderNull: number;
    nearestActivation: number;
    seedStability: {
      two: Cosines;
      three: Cosines;
      pairs: (Cosines & { seeds: string[]; matched: [number, number][] })[];
    };
    probing: Record<"f" | "x" | "permuted", Record<string, { mean: number; sources: CaseProbe[] }>>;
  };
}

interface Cosines {
  mean: number;
  share: number;
}

interface CaseProbe {
  source: number;
  accuracy: number;
  correct: number;
  of: number;
  features?: number[];
  weights?: number[];
  intercept?: number;
}

/** The files of cases, by which tests are titled. */
export const evaluationCases: readonly string[] = readdirSync(folder).filter((file) => file.endsWith(".json"));

/** One case, and its arrays by name. */
export async function evaluationCase(
  file: string,
): Promise<{ numbers: EvaluationCase; array(name: string): Float32Array }> {
  const numbers: EvaluationCase = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
  const opened = await openSafetensors(path.join(folder, numbers.arrays));
  const arrays = new Map<string, Float32Array>();
  for (const name of opened.tensors.keys()) arrays.set(name, await opened.readFloat32(name));
  await opened.close();
  return { numbers, array: (name) => arrays.get(name)! };
}

/** Throws unless found is within 1e-4 of what is expected, in units of `of`. */
export function near(found: number | null | undefined, expected: number, of = Math.abs(expected)): void {
  assert.ok(Math.abs(found! - expected) <= 1e-4 * of, `expected ${expected}, found ${found}`);
}
