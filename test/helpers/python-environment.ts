import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { python, runProgram } from "../../src/base/command.js";
import { cacheFolder, exists, replaceFile, sha256 } from "../../src/base/files.js";

/** Why no Python environment can be made here, or undefined where one can. */
export async function whyNoPython(): Promise<string | undefined> {
  const has = (module: string) => runProgram(python, ["-m", module, "--help"]).then(Boolean, () => false);
  if (!(await has("pip"))) return "Python's pip is not installed";
  return (await has("venv")) ? undefined : "Python's venv is not installed";
}

/** The same as `pythonWith`, or why these requirements cannot be installed here: some need a newer Python than the package does. */
export async function pythonOrReason(requirements: string): Promise<{ program?: string; reason?: string }> {
  const reason = await whyNoPython();
  if (reason) return { reason };
  return pythonWith(requirements).then(
    (program) => ({ program }),
    (error: Error) => ({ reason: `${path.basename(requirements)} cannot be installed: ${error.message.slice(-300)}` }),
  );
}

/** The Python of an environment with exactly these requirements, made once and kept in the cache folder. */
export async function pythonWith(requirements: string): Promise<string> {
  const name = `${path.basename(requirements, ".txt")}-${sha256(await readFile(requirements)).slice(0, 8)}`;
  const folder = path.join(cacheFolder(), "python", name);
  const program = path.join(folder, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));
  const complete = path.join(folder, "complete");
  if (await exists(complete)) return program;
  await runProgram(python, ["-m", "venv", "--clear", folder]);
  await replaceFile(complete, async (temporary) => {
    await runProgram(program, ["-m", "pip", "install", "--quiet", "--requirement", requirements]);
    await writeFile(temporary, await runProgram(program, ["-m", "pip", "freeze"]));
  });
  return program;
}

/** Adds a package without what it asks for beside, which is heavy and not used here; once. */
export async function addAlone(program: string, requirement: string): Promise<void> {
  const marker = path.join(path.dirname(program), "..", requirement);
  if (await exists(marker)) return;
  await runProgram(program, ["-m", "pip", "install", "--quiet", "--no-deps", requirement]);
  await writeFile(marker, "");
}
