import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { writeFileAtomic, writeJson } from "../base/files.js";
import type { CheckedClaim } from "../claims/check.js";
import type { Registry } from "../claims/claim.js";
import type { Found } from "../claims/expected.js";
import type { Measurement } from "../claims/measure.js";
import type { ControlRow, SelfTestRow } from "../claims/self-test.js";
import type { Experiment } from "../experiment/experiment.js";
import { unexpected } from "./expected.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, printResult, reporterFor, sayUnequal, table } from "./options.js";

interface ClaimsArguments extends ExperimentArguments {
  ids?: string[];
  expect?: string;
  "write-expected"?: string;
  "self-test": boolean;
}

export const claimsCommand: CommandModule<GlobalOptions, ClaimsArguments> = {
  command: "claims [ids..]",
  describe: "check every sentence of the paper that can be checked against the result set's tables",
  builder: (yargs: Argv<GlobalOptions>) =>
    resultArguments(yargs)
      .positional("ids", { type: "string", array: true, describe: "claims to print (default: all)" })
      .option("expect", {
        type: "string",
        requiresArg: true,
        describe: "fail unless verdicts and numbers are those recorded in this file",
      })
      .option("write-expected", {
        type: "string",
        requiresArg: true,
        describe: "record verdicts, bands of numbers and figures in this file",
      })
      .option("self-test", {
        type: "boolean",
        default: false,
        describe: "mutate the measured tables and check that verdicts turn; negative controls must fail",
      })
      .example("snc claims", "the verdict table of the newest result set")
      .example("snc claims run-9-correlation --format json", "one claim with all that was measured")
      .example("snc claims --expect data-manifests/expected/default.json", "what CI checks"),
  async handler(options) {
    const experiment = await openExperimentOf(options, { newest: true });
    const { readRegistry, selectClaims } = await import("../claims/list.js");
    const { computeUntrained, measurementOf } = await import("../claims/result-set.js");
    const registry = await readRegistry();
    const selected = selectClaims(registry.claims, options.ids);
    if (options["self-test"]) await computeUntrained(experiment, { all: true });
    const measurement = await measurementOf(experiment);
    sayUnequal(options, measurement.tables, experiment.profile);
    if (options["self-test"]) {
      const { controlRows, selfTest } = await import("../claims/self-test.js");
      return printSelfTest(options, selfTest(selected, measurement), controlRows(selected, measurement));
    }
    const { folder } = experiment.resultSet;
    const checked = await writeVerdicts(folder, registry, measurement);
    const { refreshChecksums } = await import("../experiment/results/result-set.js");
    await refreshChecksums(folder);
    const report = await import("../claims/report.js");
    const shown = checked.filter(({ claim }) => selected.includes(claim));
    printResult(options, report.claimsDocument(shown, registry), () => table(report.verdictTable(shown)));
    reporterFor(options).line(report.verdictCounts(checked));
    reporterFor(options).line(report.discoveryText(checked));
    const found = { checked, tables: measurement.tables };
    await compareWithExpected(options, experiment, found, shown);
  },
};

/** Checks every claim and writes claims.json and summary.md into the result set. */
export async function writeVerdicts(
  folder: string,
  registry: Registry,
  measurement: Measurement,
): Promise<CheckedClaim[]> {
  const { checkClaims } = await import("../claims/check.js");
  const report = await import("../claims/report.js");
  const checked = checkClaims(registry.claims, registry.claims, measurement);
  const { writeSealed } = await import("../base/recorded.js");
  await writeSealed(path.join(folder, "claims.json"), report.claimsDocument(checked, registry));
  const { expectationMarkdown, verdictExpectation } = await import("../report/expectation.js");
  const { readResultSet } = await import("../experiment/results/saved.js");
  const found = { checked, tables: measurement.tables };
  const expectation = expectationMarkdown(await verdictExpectation(await readResultSet(folder), found));
  await writeFileAtomic(path.join(folder, "summary.md"), report.summaryMarkdown(checked, registry, expectation));
  return checked;
}

/** Writes what was found where it is asked for, and throws where it is not what a file expects. */
async function compareWithExpected(
  options: ClaimsArguments,
  { profile, resultSet }: Experiment,
  found: Found,
  shown: CheckedClaim[],
): Promise<void> {
  const { expectationsOf } = await import("../claims/expected.js");
  const { savedFigures } = await import("../figures/saved.js");
  const { frontierFigureName } = await import("../frontier/drawn.js");
  const { curveName } = await import("../multiverse/drawn.js");
  const figures = path.join(resultSet.folder, "figures");
  if (options["write-expected"]) {
    const saved = await savedFigures(figures);
    // What the main job does not draw by itself is not expected of it.
    const asked = [curveName, ...(profile.frontier ? [] : [frontierFigureName])];
    const expected = saved.filter((id) => !asked.some((name) => id.startsWith(`${name}-`)));
    await writeJson(options["write-expected"], expectationsOf(found, expected));
  }
  if (!options.expect) return;
  const isWhole = shown.length === found.checked.length;
  const error = await unexpected(options.expect, figures, { ...found, checked: shown }, isWhole);
  if (error) throw error;
}

function printSelfTest(options: ClaimsArguments, rows: SelfTestRow[], controls: ControlRow[]): void {
  printResult(options, { mutations: rows, controls }, () =>
    [
      table([
        ["claim", "mutation", "expected", "found", ""],
        ...rows.map((row) => [row.claim, row.mutation, row.expected, row.found, row.passed ? "" : "FAILED"]),
      ]),
      table([
        ["claim", "verdict", "controls", "could fail", "failed", ""],
        ...controls.map(({ claim, verdict, computed, couldFail, failed, result }) => [
          ...[claim, verdict, String(computed), String(couldFail), String(failed), result],
        ]),
      ]),
    ].join("\n\n"),
  );
  const failed = rows.filter((row) => !row.passed).length;
  if (failed > 0)
    throw new SncError("claim", `self-test: ${failed} of ${rows.length} mutations did not turn a verdict`);
  const untested = controls.filter(({ result }) => result === "untested").length;
  reporterFor(options).line(
    `self-test: ${rows.length} mutations, every verdict as it must be; ${untested} of ${controls.length} claims are untested by any control`,
  );
}
