import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { resolveExperiment } from "../experiment/resolve.js";
import type { SavedResultSet } from "../experiment/results/saved.js";
import {
  activationStatus,
  identityStatus,
  type StageStatus,
  trainingStatus,
  variationStatus,
} from "../report/status.js";
import { notebookContext } from "./notebook-context.js";
import { packageNotebooks, planOf } from "./notebooks.js";
import { type GlobalOptions, printResult, setOf, table } from "./options.js";

interface StatusArguments extends GlobalOptions {
  set?: string;
  verify: boolean;
}

export const statusCommand: CommandModule<GlobalOptions, StatusArguments> = {
  command: "status [set]",
  describe: "show what of a result set is up to date, what is missing, and what changed since",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("set", { type: "string", describe: "its name in results/, or a folder (default: the newest)" })
      .option("verify", {
        type: "boolean",
        default: false,
        describe: "hash every file that results are read from, and end with 5 where one has changed",
      })
      .example("snc status", "the newest result set")
      .example("snc status --verify", "is each file what its stage wrote?") as never,
  async handler(options) {
    const set = await setOf(options);
    const { spec: now } = await resolveExperiment({ ...set.identity.spec, inputs: undefined, d_in: undefined });
    const rows = [
      ...identityStatus(set, now.inputs),
      ...(await activationStatus(set)),
      ...trainingStatus(set),
      ...variationStatus(set),
      ...(await notebookStatus(set)),
      ...(options.verify ? await verified(set) : []),
    ];
    printResult(options, rows, () =>
      table([["stage", "what", "state", ""], ...rows.map((row) => [row.stage, row.name, row.state, row.detail])]),
    );
    const changed = rows.filter(({ stage, state }) => stage === "files" && state === "changed");
    if (changed.length > 0) throw new SncError("input", changed.map(({ detail }) => detail).join("\n"));
  },
};

/** Whether each file is what its stage wrote. */
async function verified(set: SavedResultSet): Promise<StageStatus[]> {
  const { verifyFiles } = await import("../report/verify.js");
  return verifyFiles(set);
}

/** Whether each notebook would be executed again with the parameters of its last execution, and why. */
async function notebookStatus(set: SavedResultSet): Promise<StageStatus[]> {
  const { decide } = await import("../notebook/plan/plan.js");
  const { readRecord } = await import("../notebook/plan/record.js");
  const context = notebookContext(async () => set);
  const plan = await planOf({
    files: await packageNotebooks(),
    folder: set.folder,
    out: path.join(set.folder, "notebooks"),
    logs: path.join(set.folder, "logs"),
    parametersOf: async (_entry, recordFile) => (await readRecord(recordFile))?.parameters ?? {},
  });
  return Promise.all(
    plan.map(async (notebook): Promise<StageStatus> => {
      const { execute, reason, earlier } = await decide(notebook, context);
      const state = !execute ? "up to date" : earlier ? "changed" : "missing";
      return { stage: "notebook", name: notebook.name, state, detail: execute ? reason : "" };
    }),
  );
}
