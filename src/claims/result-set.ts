import { readPaperModel } from "../data/paper-manifests.js";
import type { Experiment } from "../experiment.js";
import { readResultTables } from "../result-tables.js";
import { readResultSetIdentity } from "../results.js";
import type { Measurement } from "./measure.js";
import { scopeOf } from "./scope.js";

/** What claims are measured on: all finished trainings of an experiment's result set, with their scope. */
export async function measurementOf({
  profile,
  readings,
  resultSet: { folder },
}: Pick<Experiment, "profile" | "readings" | "resultSet">): Promise<Measurement> {
  return {
    tables: await readResultTables(folder),
    readings,
    scope: scopeOf(profile, await readResultSetIdentity(folder), (await readPaperModel()).files),
  };
}
