import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { exists, homeFolder, writeJson } from "../../base/files.js";
import { kernelArguments, launcherFile } from "./kernel.js";

export const kernelspecName = "snc-tslab";

/** What a notebook says about its kernel. */
export const kernelspecMetadata = {
  name: kernelspecName,
  display_name: "TypeScript (selective-neural-competition)",
  language: "typescript",
} as const;

/** Where Jupyter looks for kernels: the user's folder, a Python environment's, or PREFIX/share/jupyter. */
export type KernelLocation = { kind: "user" } | { kind: "sysPrefix" } | { kind: "prefix"; folder: string };

/** The kernelspec as Jupyter reads it: absolute paths, so that it works from any environment and folder. */
function kernelspec(): Record<string, unknown> {
  return {
    argv: [...kernelArguments, "{connection_file}"],
    display_name: kernelspecMetadata.display_name,
    language: kernelspecMetadata.language,
    // Interrupts come over the control socket: a signal cannot reach a loop that follows an await.
    interrupt_mode: "message",
    metadata: { debugger: false },
  };
}

function userDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return path.join(homeFolder(), "Library", "Jupyter");
  if (process.platform === "win32") return path.join(process.env.APPDATA || homeFolder(), "jupyter");
  return path.join(process.env.XDG_DATA_HOME || path.join(homeFolder(), ".local", "share"), "jupyter");
}

/** `sys.prefix` of the Python on the path: inside a virtual environment, that environment. */
function pythonPrefix(): string {
  for (const python of ["python3", "python"]) {
    const { status, stdout } = spawnSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8" });
    if (status === 0) return stdout.trim();
  }
  throw new SncError("environment", "--sys-prefix: no Python on the path. Use --user, or --prefix DIR");
}

function kernelFolder(location: KernelLocation): string {
  if (location.kind === "user") return path.join(userDataFolder(), "kernels", kernelspecName);
  const prefix = location.kind === "prefix" ? path.resolve(location.folder) : pythonPrefix();
  return path.join(prefix, "share", "jupyter", "kernels", kernelspecName);
}

/** Writes kernel.json and returns its folder. */
export async function installKernel(location: KernelLocation): Promise<string> {
  if (!(await exists(launcherFile)))
    throw new SncError("environment", `${launcherFile}: not built. Run: npm run build`);
  const folder = kernelFolder(location);
  await writeJson(path.join(folder, "kernel.json"), kernelspec());
  return folder;
}

/** Removes the kernelspec; null when none was there. */
export async function uninstallKernel(location: KernelLocation): Promise<string | null> {
  const folder = kernelFolder(location);
  if (!(await exists(path.join(folder, "kernel.json")))) return null;
  await rm(folder, { recursive: true });
  return folder;
}
