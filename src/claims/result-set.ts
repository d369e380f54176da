import { readPaperModel } from "../data/texts/published.js";
import type { Experiment } from "../experiment/experiment.js";
import { readResultSetIdentity } from "../experiment/results/result-set.js";
import { readResultTables } from "../experiment/results/tables.js";
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
