import { readFileSync } from "node:fs";
import path from "node:path";
import { sha256 } from "./files.js";

/** Modules that change what is said or where it is written, never a number. */
const neutral = new Set(
  ["errors", "files", "progress", "command", "recorded", "system-errors"].map((name) => `base/${name}`),
);

const root = path.resolve(__dirname, "..");

/**
 * A hash of the modules named (below src/, without extension) and of all they import from this package: the part of a
 * stage's key that makes a changed computation run again, and a changed figure leave it alone.
 */
export function sourceHash(...modules: string[]): string {
  const extension = path.extname(__filename); // .ts when run from src/, .js when built
  const seen = new Map<string, string>();
  const visit = (file: string): void => {
    if (seen.has(file) || neutral.has(path.relative(root, file).slice(0, -extension.length))) return;
    const source = readFileSync(file, "utf8");
    seen.set(file, sha256(source));
    for (const [, imported] of source.matchAll(/(?:from|require\(|import\()\s*"(\.[^"]+)\.js"/g))
      visit(path.resolve(path.dirname(file), imported + extension));
  };
  for (const name of modules) visit(path.join(root, name + extension));
  const sorted = [...seen].map(([file, hash]) => `${path.relative(root, file)} ${hash}`).sort();
  return sha256(sorted.join("\n")).slice(0, 16);
}
