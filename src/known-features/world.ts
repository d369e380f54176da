import { checked, whole } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import { permutation, type RandomStream, stream, unitDirections } from "../base/random.js";
import { firingProbabilities } from "./probabilities.js";

/** How large a world is. */
export interface WorldSize {
  /** Width of its vectors. */
  d_in: number;
  /** G, the number of its features: a multiple of 8, 32 or more. */
  features: number;
  trainVectors: number;
  testVectors: number;
}

/** The sizes by profile. */
export const worldSizes: Readonly<Record<"smoke" | "default", WorldSize>> = {
  smoke: { d_in: 32, features: 64, trainVectors: 65_536, testVectors: 8192 },
  default: { d_in: 128, features: 256, trainVectors: 65_536, testVectors: 8192 },
};

/**
 * How a feature fires: `alone`, independently of all others; `grouped`, only while the gate of its group of four is open;
 * `parent`, independently, with two children; `child`, only where its parent fires.
 */
export type FeatureKind = "alone" | "grouped" | "parent" | "child";

/** The kinds, in the order in which tables have them. */
export const featureKinds: readonly FeatureKind[] = ["alone", "grouped", "parent", "child"];

/** A world whose true features are known. Feature g has rank g: 0 fires most often. */
export interface World {
  size: WorldSize;
  seed: number;
  /** D: unit directions, row after row [G · d_in]. */
  directions: Float32Array;
  /** p_g: share of the vectors in which feature g fires, gates and parents counted in [G]. */
  probabilities: Float64Array;
  /** [G]. */
  kinds: FeatureKind[];
  /** The group of a grouped feature, counted from 0; −1 of others [G]. */
  groups: Int32Array;
  /** The parent of a child; −1 of others [G]. */
  parents: Int32Array;
  /** What every vector has added: a fixed vector of length 1 [d_in]. */
  mean: Float32Array;
}

/** Probability that the gate of a group is open. */
export const gateProbability = 0.25;

/** What waits for a gate or a parent fires there at most half the time: otherwise it could hardly be told from what it waits for. */
const mostBehind = 0.5;

const groupSize = 4;
const childrenOfParent = 2;

/**
 * A seeded world, after SynthSAEBench (arXiv 2602.14687): G unit directions drawn uniformly on the sphere, and who fires with whom. A
 * quarter of the features are in groups of 4, a quarter are children. Parents are an eighth, with two children each; 3/8 stand alone.
 * Parents are drawn among the most frequent quarter of the ranks but its last, children among the rarer half, so that a
 * child's p_g is at most half its parent's. Groups are drawn among what is left with p_g at most half the gate's probability.
 * Throws a usage error for a number of features that is no multiple of 8, or below 32.
 */
export function drawWorld(size: WorldSize, seed = 1): World {
  checked("drawWorld", { seed }, { seed: whole });
  const { d_in, features } = size;
  if (!(features % 8 === 0 && features >= 32))
    throw new SncError("usage", `world: expected a multiple of 8 features, 32 or more, found ${features}`);
  const probabilities = firingProbabilities(features);
  return {
    ...{ size, seed, probabilities },
    directions: unitDirections(stream(seed, "world/directions"), features, d_in),
    mean: unitDirections(stream(seed, "world/mean"), 1, d_in),
    ...rolesOf(probabilities, stream(seed, "world/roles")),
  };
}

/** Who is in which group, and whose child. */
function rolesOf(probabilities: Float64Array, random: RandomStream): Pick<World, "kinds" | "groups" | "parents"> {
  const G = probabilities.length;
  const kinds = new Array<FeatureKind>(G).fill("alone");
  const groups = new Int32Array(G).fill(-1);
  const parents = new Int32Array(G).fill(-1);
  const ofParents = drawn(random, 0, G / 4 - 1).slice(0, G / 8);
  const ofChildren = drawn(random, G / 2, G).slice(0, childrenOfParent * ofParents.length);
  for (const parent of ofParents) kinds[parent] = "parent";
  for (const [i, child] of ofChildren.entries()) {
    kinds[child] = "child";
    parents[child] = ofParents[Math.floor(i / childrenOfParent)];
  }
  const isFit = (g: number): boolean => kinds[g] === "alone" && probabilities[g] <= mostBehind * gateProbability;
  const grouped = drawn(random, 0, G)
    .filter(isFit)
    .slice(0, G / 4);
  for (const [i, member] of grouped.entries()) {
    kinds[member] = "grouped";
    groups[member] = Math.floor(i / groupSize);
  }
  return { kinds, groups, parents };
}

/** from … to − 1 in random order. */
const drawn = (random: RandomStream, from: number, to: number): number[] =>
  Array.from(permutation(random, to - from), (i) => from + i);
