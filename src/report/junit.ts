import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import junit from "junit-report-builder";
import { describeFailure } from "../notebook/outcome.js";
import { isFailure, type PlanOutcome } from "../notebook/plan-outcome.js";

/**
 * JUnit XML of notebooks: one test each. A cell's error is a failure, anything that ended the notebook from outside an
 * error; a notebook that did not run is skipped, and an unchanged one passes with the time of its last execution.
 */
export function junitReport(outcomes: readonly PlanOutcome[]): string {
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
  return `${builder.build()}\n`;
}

/** Text without colours, and with a mark for each character that XML has no way to hold. */
const printable = (text: string): string =>
  stripVTControlCharacters(text).replace(/(?![\t\n\r])[\p{Cc}\p{Surrogate}\ufffe\uffff]/gu, "\ufffd");
