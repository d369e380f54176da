/**
 * Prints files for `node --test`: test files that leave their process as they found it, those of a folder in one file that loads
 * them all, and every other as it is. A process a folder costs a tenth of what a process a file costs.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What changes the process for those who come after, runs before or after them, or tests other processes. */
const needsItsOwn =
  /process\.(env|on|exit|kill|chdir|cwd)|\b(before|after|beforeEach|afterEach)\(|\bmock\.|child_process|helpers\/(runner|made-up-inputs|on-wasm|command-line|python)/;

const [folder, ...files] = process.argv.slice(2);
const byFolder = new Map();
for (const file of files) {
  if (needsItsOwn.test(readFileSync(file, "utf8"))) console.log(file);
  else byFolder.set(path.dirname(file), [...(byFolder.get(path.dirname(file)) ?? []), file]);
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [of, together] of byFolder) {
  const loader = path.join(folder, `${of.replaceAll(path.sep, "-")}.test.cjs`);
  writeFileSync(loader, together.map((file) => `require(${JSON.stringify(path.resolve(file))});\n`).join(""));
  console.log(loader);
}
