import { exists } from "../../src/base/files.js";
import { inputPath, readManifest } from "../../src/data/texts/manifest.js";

/** The fetched SmolLM2, or why there is none: tests that need it are then skipped with that reason. */
export async function cachedModel(): Promise<{ file: string; missing?: string }> {
  const file = inputPath(await readManifest(), "smollm2-135m-instruct");
  return (await exists(file)) ? { file } : { file, missing: `${file} is not there. Run: snc inputs fetch` };
}
