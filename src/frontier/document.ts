import { rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { exists } from "../base/files.js";
import { requireSealed, writeSealed } from "../base/recorded.js";
import { type FrontierPoint, frontierQuantityNames } from "./curve.js";
import { rankedAt } from "./equal-l0.js";
import { comparedL0, frontierMethodNames } from "./levels.js";

/** What is on the frontier of one layer. */
export interface Frontier {
  layer: number;
  modelName: string;
  steps: number;
  d_sae: number;
  /** A training each, by method, level and seed. */
  points: FrontierPoint[];
}

const point = z
  .object({ method: z.enum(frontierMethodNames), level: z.string(), seed: z.int(), l0: z.number() })
  .and(z.record(z.enum(frontierQuantityNames), z.number().nullable())) as unknown as z.ZodType<FrontierPoint>;

const schema: z.ZodType<Frontier> = z.object({
  layer: z.int(),
  modelName: z.string(),
  steps: z.int(),
  d_sae: z.int(),
  points: z.array(point).min(1),
});

const fileIn = (folder: string): string => path.join(folder, "frontier.json");
const made = { by: "snc frontier", next: "Run: snc frontier" };

/** Writes frontier.json into a result set: the points, and for readers of the file what they come to at equal L0. */
export const writeFrontier = (folder: string, frontier: Frontier): Promise<void> =>
  writeSealed(fileIn(folder), {
    ...frontier,
    atEqualL0: comparedL0(frontier.d_sae).map((l0) => ({
      l0,
      methods: rankedAt(frontier.points, l0).map(({ method, rank, value: { values, ...value }, fromRelu }) => ({
        ...{ rank, method, ...value, values: Object.fromEntries(values), fromRelu },
      })),
    })),
  });

/** The frontier of a result set as it was last computed; undefined where it was not. */
export const readFrontier = async (folder: string): Promise<Frontier | undefined> =>
  (await exists(fileIn(folder))) ? requireSealed(fileIn(folder), schema, made) : undefined;

/** Removes the frontier of a result set; its trainings stay. */
export const removeFrontier = (folder: string): Promise<void> => rm(fileIn(folder), { force: true });
