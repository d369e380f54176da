import { type RandomStream, stream } from "../base/random.js";
import { gateProbability, type World } from "./world.js";

/** Standard deviation of the noise in each of the d_in directions. */
const noiseDeviation = 1 / 20;

/** Vectors of a world, with what they are made of. */
export interface WorldVectors {
  count: number;
  /** x [count · d_in], row after row. */
  x: Float32Array;
  /** z: magnitude of each true feature, 0 where it does not fire [count · G], row after row. */
  z: Float32Array;
}

/** Which of a world's vectors; both are always the same. */
export type WorldPart = "train" | "test";

/**
 * Vectors of one part of a world: x = Σ_g z_g D_g + mean + noise of deviation 0.05 in every direction. z_g is 1 + 0.5 |N(0, 1)| where
 * feature g fires. `count`: the first so many; by default all that the world's size says.
 */
export function drawVectors(world: World, part: WorldPart, count = countOf(world, part)): WorldVectors {
  const { d_in, features } = world.size;
  const firing = stream(world.seed, `world/${part}/firing`);
  const noise = stream(world.seed, `world/${part}/noise`);
  const x = new Float32Array(count * d_in);
  const z = new Float32Array(count * features);
  const row = new Float64Array(d_in);
  for (let v = 0; v < count; v++) {
    const magnitudes = z.subarray(v * features, (v + 1) * features);
    drawMagnitudes(world, firing, magnitudes);
    for (let i = 0; i < d_in; i++) row[i] = world.mean[i] + noiseDeviation * noise.normal();
    addFeatures(row, magnitudes, world.directions);
    x.set(row, v * d_in);
  }
  return { count, x, z };
}

const countOf = ({ size: { trainVectors, testVectors } }: World, part: WorldPart): number =>
  part === "train" ? trainVectors : testVectors;

/** z of one vector: gates first, then features by rank, so that a parent is drawn before its children. */
function drawMagnitudes({ probabilities, groups, parents }: World, random: RandomStream, z: Float32Array): void {
  const isOpen = Array.from({ length: Math.max(...groups) + 1 }, () => random.uniform() < gateProbability);
  for (let g = 0; g < z.length; g++) {
    const [group, parent] = [groups[g], parents[g]];
    if ((group >= 0 && !isOpen[group]) || (parent >= 0 && z[parent] === 0)) continue;
    const ofWaiting = group >= 0 ? gateProbability : parent >= 0 ? probabilities[parent] : 1;
    if (random.uniform() < probabilities[g] / ofWaiting) z[g] = 1 + 0.5 * Math.abs(random.normal());
  }
}

/** Adds Σ_g z_g D_g. */
function addFeatures(row: Float64Array, z: Float32Array, directions: Float32Array): void {
  const d_in = row.length;
  for (let g = 0; g < z.length; g++)
    if (z[g] > 0) for (let i = 0; i < d_in; i++) row[i] += z[g] * directions[g * d_in + i];
}
