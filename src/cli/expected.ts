import path from "node:path";
import type { Found } from "../claims/expected.js";
import { SncError } from "../errors.js";
import type { Experiment } from "../experiment.js";
import { exists, packageFolder } from "../files.js";
import type { Reporter } from "../progress.js";

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

/**
 * What is not as expected of this profile. Expectations are of exactly its trainings under the default readings: a result
 * set that lacks some, holds others, or was made under another reading is not compared, and says so.
 */
export async function differenceFromExpected(
  { profile, changedReadings, resultSet }: Pick<Experiment, "profile" | "changedReadings" | "resultSet">,
  found: Found,
  report: Reporter,
): Promise<SncError | undefined> {
  const file = path.join(packageFolder, "data-manifests", "expected", `${profile.name}.json`);
  const places = found.tables.map(({ record }) => `${record.layer} ${record.run.number} ${record.seed}`);
  const { layers, runs, seeds } = profile;
  const own = layers.flatMap((layer) => runs.flatMap((run) => seeds.map((seed) => `${layer} ${run} ${seed}`)));
  const isOwn = places.length === own.length && own.every((place) => places.includes(place));
  const reasons: [boolean, string][] = [
    [!(await exists(file)), "nothing is recorded of this profile"],
    [Object.keys(changedReadings).length > 0, "another reading was taken"],
    [!isOwn, "the trainings are not exactly the profile's"],
  ];
  const reason = reasons.find(([applies]) => applies)?.[1];
  if (reason === undefined) return unexpected(file, path.join(resultSet.folder, "figures"), found, true);
  report.line(`not compared with what is expected: ${reason}`);
  return undefined;
}
