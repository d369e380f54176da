import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import junit from "junit-report-builder";
import type { CheckedClaim } from "../claims/check.js";
import { isFailure, type PlanOutcome } from "../notebook/plan/outcome.js";
import { describeFailure } from "../notebook/run/outcome.js";
import type { Expectation } from "./expectation.js";

/** The claims of a result set, and what of it is not as expected. */
export interface JudgedClaims {
  checked: readonly CheckedClaim[];
  expectation: Expectation;
}

/**
 * JUnit XML of notebooks: one test each. A cell's error is a failure, anything that ended the notebook from outside an
 * error; a notebook that did not run is skipped, and an unchanged one passes with the time of its last execution. Of claims,
 * where they are given: one test each, a failure where the verdict or its number is not as expected.
 */
export function junitReport(outcomes: readonly PlanOutcome[], claims?: JudgedClaims): string {
  const builder = junit.newBuilder();
  const suite = builder.testSuite().name("notebooks");
  for (const outcome of outcomes) {
    const test = suite
      .testCase()
      .className("notebooks")
      .name(printable(path.basename(outcome.notebook)))
      .file(printable(outcome.notebook));
    if (outcome.kind === "notExecuted") {
      test.skipped().standardOutput(printable(outcome.reason));
      continue;
    }
    test.time(outcome.seconds);
    if (outcome.kind === "unchanged") test.standardOutput("unchanged since its last execution");
    if (!isFailure(outcome)) continue;
    const message = printable(`${outcome.ename}: ${outcome.evalue}`);
    const description = printable(describeFailure(outcome));
    if (outcome.kind === "cellError") test.failure(message, printable(outcome.ename)).stacktrace(description);
    else test.error(message, outcome.kind, description);
  }
  if (claims) addClaims(builder, claims);
  return `${builder.build()}\n`;
}

function addClaims(builder: ReturnType<typeof junit.newBuilder>, { checked, expectation }: JudgedClaims): void {
  const suite = builder.testSuite().name("claims");
  const add = (name: string, said: string, differences: readonly string[]): void => {
    const test = suite.testCase().className("claims").name(name).standardOutput(printable(said));
    if (differences.length > 0) test.failure(printable(differences.join("\n")), "not as expected");
  };
  const { differences, notCompared, file } = expectation;
  const ofClaim = (id: string): string[] => differences.filter((difference) => difference.startsWith(`${id}: `));
  for (const { claim, verdict, because } of checked)
    add(claim.id, `${verdict}: ${because.replace(/\.$/, "")}. ${notCompared}`.trim(), ofClaim(claim.id));
  const ofClaims = checked.flatMap(({ claim }) => ofClaim(claim.id));
  add(
    "numbers and figures",
    notCompared || file,
    differences.filter((difference) => !ofClaims.includes(difference)),
  );
}

/** Text without colours, and with a mark for each character that XML has no way to hold. */
const printable = (text: string): string =>
  stripVTControlCharacters(text).replace(/(?![\t\n\r])[\p{Cc}\p{Surrogate}\ufffe\uffff]/gu, "\ufffd");
