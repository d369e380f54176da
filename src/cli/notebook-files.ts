import { stat } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../base/errors.js";

/** Has no types of its own. */
const picomatch: (pattern: string, options: { dot: boolean }) => (text: string) => boolean = require("picomatch");

/** The notebooks that arguments name, and those of them that are excluded. */
export interface NotebookFiles {
  files: string[];
  excluded: string[];
}

/** Folders in which no notebook of a person lies. */
const ignored = ["**/.ipynb_checkpoints/**", "**/node_modules/**"];

/**
 * Files, folders (all notebooks in and below them) and patterns, also quoted ones, as the notebooks they name, each once, in the
 * order of the arguments. `exclude`: patterns, or names of files, that are left out. Throws where an argument names none.
 */
export async function notebookFiles(named: readonly string[], exclude: readonly string[]): Promise<NotebookFiles> {
  const { glob } = await import("tinyglobby");
  const found: string[] = [];
  for (const name of named) {
    const there = await stat(name).catch(() => undefined);
    const isPattern = !there && /[*?[{]/.test(name);
    if (!there?.isDirectory() && !isPattern) found.push(name);
    else {
      const pattern = isPattern ? name.replaceAll(path.sep, "/") : "**/*.ipynb";
      const options = isPattern ? { absolute: path.isAbsolute(name) } : { cwd: name };
      const matches = await glob(pattern, { ...options, ignore: ignored, onlyFiles: true });
      if (matches.length === 0)
        throw new SncError(
          "input",
          `${name}: expected notebooks (*.ipynb), found none. Name a file, a folder or a pattern`,
        );
      found.push(...matches.sort().map((match) => (isPattern ? path.normalize(match) : path.join(name, match))));
    }
  }
  const files = [...new Set(found)];
  const matchers = exclude.map((pattern) => picomatch(pattern, { dot: true }));
  const isLeft = (file: string): boolean =>
    matchers.some((isMatch) => isMatch(file.replaceAll(path.sep, "/")) || isMatch(path.basename(file)));
  return { files: files.filter((file) => !isLeft(file)), excluded: files.filter(isLeft) };
}
