import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { type GlobalOptions, printResult, setOf } from "./options.js";

interface RoCrateArguments extends GlobalOptions {
  set?: string;
}

export const roCrateCommand: CommandModule<GlobalOptions, RoCrateArguments> = {
  command: "ro-crate [set]",
  describe: "write ro-crate-metadata.json into a result set: its files, what made them, from what",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("set", { type: "string", describe: "its name in results/, or a folder (default: the newest)" })
      .example("snc export ro-crate", "of the newest result set"),
  async handler(options) {
    const { writeChecksums } = await import("../experiment/results/result-set.js");
    const { folder } = await setOf(options);
    const file = await writeCrate(folder);
    await writeChecksums(folder);
    printResult(options, { file }, () => file);
  },
};

/** Writes the metadata of a result set, as it lies in its folder, into it; returns the file. */
export async function writeCrate(folder: string): Promise<string> {
  const { readManifest } = await import("../data/texts/manifest.js");
  const { readNotebookManifest } = await import("../notebook/plan/manifest.js");
  const { readRecord } = await import("../notebook/plan/record.js");
  const { crateFile, crateFiles, crateOf } = await import("../interop/crate.js");
  const { provenanceOf } = await import("../interop/crate-actions.js");
  const { finishedIn, readResultSet } = await import("../experiment/results/saved.js");
  const { untrainedFolder } = await import("../experiment/training/folders.js");
  const { writeJson } = await import("../base/files.js");
  const [set, files, { resources: inputs }] = [
    await readResultSet(folder),
    await crateFiles(folder),
    await readManifest(),
  ];
  const { trainings: controls } = await finishedIn(untrainedFolder(folder));
  const notebooks = await readNotebookManifest();
  const recorded = await Promise.all(
    notebooks.map(async ({ file }) => {
      const name = path.basename(file, ".ipynb");
      const record = await readRecord(path.join(folder, "notebooks", `${name}.key.json`));
      return record ? [[name, record] as const] : [];
    }),
  );
  const executions = new Map(recorded.flat());
  const provenance = provenanceOf({
    set,
    controls,
    files,
    inputs: inputs.map(({ name }) => name),
    notebooks,
    executions,
  });
  const file = path.join(folder, crateFile);
  await writeJson(file, crateOf({ set, files, inputs, provenance }));
  return file;
}
