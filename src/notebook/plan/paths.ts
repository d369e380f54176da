import { readlink, realpath } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";

/** Throws unless `file`, with every link on the way resolved, lies in `folder`; neither need be there yet. */
export async function assertInside(folder: string, file: string): Promise<void> {
  const [inside, real] = await Promise.all([resolved(folder), resolved(file)]);
  const relative = path.relative(inside, real);
  if (relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)) return;
  throw new SncError("usage", `${file}: leads out of ${folder}, to ${real}. Remove the link or choose another folder`);
}

/** The path without links, those that lead to nothing (yet) included. */
async function resolved(file: string): Promise<string> {
  const absolute = path.resolve(file);
  const parent = path.dirname(absolute);
  try {
    return await realpath(absolute);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === absolute) return absolute;
    const folder = await resolved(parent);
    const target = await readlink(absolute).catch(() => undefined);
    return target === undefined ? path.join(folder, path.basename(absolute)) : resolved(path.resolve(folder, target));
  }
}
