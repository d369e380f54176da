import path from "node:path";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { packageFolder, readJson } from "../../base/files.js";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const modelSchema = z.looseObject({
  model: z.string(),
  revision: z.string(),
  /** What its config.json says of its shape, for estimates where the model is not there. */
  config: z.record(z.string(), z.unknown()),
  files: z.record(z.string(), z.object({ bytes: z.int().positive(), sha256 })),
});
const pileSchema = z.looseObject({
  subsets: z
    .array(z.object({ name: z.string().regex(/^[a-z]+$/), pile_set_name: z.string().min(1), why: z.string() }))
    .min(1),
});

export type PaperModel = z.infer<typeof modelSchema>;
export type PileSubset = z.infer<typeof pileSchema>["subsets"][number];

/** The published files of the paper's model by sha256: what a verdict at the paper's scale is asked for. */
export const readPaperModel = (): Promise<PaperModel> => read("gemma-2-2b.json", modelSchema);

/** The subsets of the Pile that are read, in the order of sources. */
export const readPileSubsets = async (): Promise<PileSubset[]> => (await read("pile.json", pileSchema)).subsets;

async function read<T>(name: string, schema: z.ZodType<T>): Promise<T> {
  const file = path.join(packageFolder, "data-manifests", name);
  const parsed = schema.safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}\nRestore the file: git checkout ${name}`);
}
