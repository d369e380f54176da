import path from "node:path";
import { SncError } from "../base/errors.js";
import type { Reporter } from "../base/progress.js";
import { expectationsFile, whyNotCompared } from "../claims/comparable.js";
import type { Found } from "../claims/expected.js";
import type { Experiment } from "../experiment/experiment.js";

/** The part of an experiment that says what it is. */
type Compared = Pick<Experiment, "profile" | "changedReadings" | "resultSet"> & {
  backend: Pick<Experiment["backend"], "precision">;
};

/** What of the verdicts, numbers and saved figures is not as a file expects; undefined when all is. */
export async function unexpected(
  file: string,
  figures: string,
  found: Found,
  isWhole: boolean,
): Promise<SncError | undefined> {
  const { readExpectations, deviations } = await import("../claims/expected.js");
  const { savedFigureProblem } = await import("../figures/saved.js");
  const expected = await readExpectations(file);
  const blank = await Promise.all(expected.figures.map((id) => savedFigureProblem(figures, id)));
  const problems = [...deviations(found, expected, isWhole), ...blank.filter((problem) => problem !== undefined)];
  if (problems.length === 0) return undefined;
  return new SncError("claim", `not as ${file} expects:\n  ${problems.join("\n  ")}`);
}

/** What is not as expected of this profile; results that cannot be compared with it are not, and it is said why. */
export async function differenceFromExpected(
  { profile, changedReadings: readings, resultSet, backend }: Compared,
  found: Found,
  report: Reporter,
): Promise<SncError | undefined> {
  const trainings = found.tables.map(({ record }) => record);
  const reason = whyNotCompared({ profile, readings, precision: backend.precision, trainings });
  if (reason === undefined)
    return unexpected(expectationsFile(profile.name), path.join(resultSet.folder, "figures"), found, true);
  report.line(`not compared with what is expected: ${reason}`);
  return undefined;
}
