import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../base/errors.js";
import { readJson } from "../base/files.js";
import { requireRecorded } from "../base/recorded.js";
import { assertDrawn } from "./drawn.js";
import type { Figure } from "./figure.js";

const specification = ".plotly.json";

/** The ids of the figures saved in a folder, in alphabetical order; none where the folder is missing. */
export async function savedFigures(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return files
    .filter((file) => file.endsWith(specification))
    .map((file) => file.slice(0, -specification.length))
    .sort();
}

const made = { by: "snc figures", next: "Run: snc figures" };

/** What is wrong with a saved figure: missing or changed files, or an SVG that does not show what the specification says. */
export async function savedFigureProblem(folder: string, id: string): Promise<string | undefined> {
  const file = path.join(folder, `${id}.svg`);
  try {
    for (const extension of [specification, ".svg"]) await requireRecorded(path.join(folder, id + extension), made);
  } catch (error) {
    if (error instanceof SncError) return error.message;
    throw error;
  }
  try {
    const figure = (await readJson(path.join(folder, id + specification))) as Figure;
    await assertDrawn(await readFile(file, "utf8"), figure);
    return undefined;
  } catch (error) {
    if (error instanceof SncError) return `${file}: ${error.message}. ${made.next}`;
    throw error;
  }
}
