import path from "node:path";
import { Float32 } from "apache-arrow";
import { namesOf, vectorRows, writeArrowFile } from "../base/arrow-file.js";
import { cacheFolder, canonicalJson, sha256 } from "../base/files.js";
import { isRecorded, recordHash, requireRecorded } from "../base/recorded.js";
import { sourceHash } from "../base/source-hash.js";
import { drawVectors, type WorldPart } from "./vectors.js";
import type { World } from "./world.js";

const parts: readonly WorldPart[] = ["train", "test"];

/** Vectors in a record batch of the file. */
const batchVectors = 8192;

/**
 * The file of a world's vectors, for `openExperiment` as own activations: Arrow with the columns `vector` and `split`, training
 * vectors first. Written into the cache folder unless it is there; its name holds a hash of the world and of the code that draws it.
 */
export async function worldFile(world: World): Promise<string> {
  const { size, seed } = world;
  const identity = { size, seed, sources: sourceHash("known-features/world", "known-features/vectors") };
  const folder = path.join(cacheFolder(), "known-features");
  const file = path.join(folder, `world-${sha256(canonicalJson(identity)).slice(0, 16)}.arrow`);
  if (isRecorded(file)) {
    const next = `Delete it and ${path.basename(file)}.sha256, and run: snc known-features`;
    await requireRecorded(file, { by: "snc known-features", next });
    return file;
  }
  await writeArrowFile(file, columnsOf(size.d_in), new Map(), async (append) => {
    for (const [code, part] of parts.entries()) {
      const { x, count } = drawVectors(world, part);
      for (let from = 0; from < count; from += batchVectors) {
        const to = Math.min(count, from + batchVectors);
        await append({
          vector: x.subarray(from * size.d_in, to * size.d_in),
          split: new Int8Array(to - from).fill(code),
        });
      }
    }
  });
  await recordHash(file);
  return file;
}

const columnsOf = (d_in: number) => ({ vector: vectorRows(new Float32(), d_in), split: namesOf(0, parts) });
