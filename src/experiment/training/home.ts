import { chooseBackend } from "../../backend/choose.js";
import { SncError } from "../../base/errors.js";
import { canonicalJson, sha256 } from "../../base/files.js";
import { describe, differences, isRule } from "../../method.js";
import { isAsGiven, type Run } from "../../runs.js";
import { paperRun } from "../paper-run.js";
import { requireVariationName } from "../variation.js";
import { type RecordedRun, trainingFolder } from "./folders.js";
import type { TrainingSpec } from "./spec.js";
import { requireSpecified, type SetSpecification, setOfControls, specificationOf } from "./specified.js";

/** Where a training belongs, and the run that it is of as it is recorded there. */
export interface Home {
  folder: string;
  run: RecordedRun;
  /** Whether the folder of results says itself of what its trainings are. */
  isOfResultSet: boolean;
}

/**
 * Where a training belongs in a folder of results. A run of the paper has its number's folder; any other method is a variation,
 * which has a folder named after it and a hash of its method, so that neither takes the other's place. Throws a usage error
 * for what the folder cannot hold: see `requireSpecified`.
 */
export async function homeOf(resultSet: string, spec: TrainingSpec): Promise<Home> {
  const { precision } = await chooseBackend();
  const { layer, seed } = spec;
  for (const [what, number] of Object.entries({ layer, seed }))
    if (!Number.isInteger(number) || number < 0)
      throw new SncError("usage", `${what}: expected a whole number from 0 on, found ${number}`);
  requireRules(spec.run);
  const set = setOfControls(resultSet) ?? resultSet;
  const specified = await specificationOf(set);
  if (specified) requireSpecified(set, specified, { ...spec, precision, isControl: set !== resultSet });
  const run = isOfPaper(spec.run, specified)
    ? { number: spec.run.number, name: spec.run.name }
    : recordedVariation(spec.run);
  return { folder: trainingFolder(resultSet, layer, run, seed), run, isOfResultSet: specified !== undefined };
}

/** What trains is what was described: a function that only looks like a rule has no name of its own. */
function requireRules({ method }: Run): void {
  for (const [slot, value] of Object.entries(method))
    if (typeof value === "function" && !isRule(value))
      throw new SncError(
        "usage",
        `${slot}: expected a rule, as rule(name, source, options, decide) makes one, found a function that is none`,
      );
}

/** Whether this is a run of the paper: the folder's own of its number, or, where that says nothing, as `runsOf` gave it. */
function isOfPaper(run: Run, specified: SetSpecification | undefined): boolean {
  if (!specified) return isAsGiven(run);
  const { name, method } = paperRun(specified, run.number);
  return run.name === name && differences(method, run.method).length === 0;
}

/** A variation as it is recorded, with a hash of its number and method. */
export function recordedVariation({ number, name, method }: Run): RecordedRun {
  requireVariationName(name);
  const variation = sha256(canonicalJson({ run: number, method: describe(method) })).slice(0, 8);
  return { number, name, variation };
}
