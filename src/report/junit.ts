import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import junit from "junit-report-builder";
import { once } from "../base/once.js";
import type { CheckedClaim } from "../claims/check.js";
import { isFailure, type PlanOutcome } from "../notebook/plan/outcome.js";
import {
  type CellRecord,
  cellName,
  describeFailure,
  type NotebookFailure,
  type NotebookOutcome,
} from "../notebook/run/outcome.js";
import type { Expectation } from "./expectation.js";

/** The claims of a result set, and what of it is not as expected. */
export interface JudgedClaims {
  checked: readonly CheckedClaim[];
  expectation: Expectation;
}

/**
 * JUnit XML of notebooks: a suite for each that was executed, with a test for each cell, else one test. A cell's error is a
 * failure, anything that ended the notebook from outside an error; a notebook that did not run and a cell that a tag skips
 * are skipped, and an unchanged notebook passes with the time of its last execution. Of claims, where they are given: one test
 * each, a failure where the verdict or its number is not as expected.
 */
export function junitReport(outcomes: readonly PlanOutcome[], claims?: JudgedClaims): string {
  const builder = junit.newBuilder();
  const whole = once(() => builder.testSuite().name("notebooks"));
  for (const outcome of outcomes) {
    if ("cells" in outcome && outcome.cells) addCells(builder, outcome, outcome.cells);
    else addNotebook(whole(), outcome);
  }
  if (claims) addClaims(builder, claims);
  return `${builder.build()}\n`;
}

type Builder = ReturnType<typeof junit.newBuilder>;
type Suite = ReturnType<Builder["testSuite"]>;
type Test = ReturnType<Suite["testCase"]>;

function addNotebook(suite: Suite, outcome: PlanOutcome): void {
  const test = testOf(suite, "notebooks", path.basename(outcome.notebook), outcome.notebook);
  if (outcome.kind === "notExecuted") {
    test.skipped().standardOutput(printable(outcome.reason));
    return;
  }
  test.time(outcome.seconds);
  if (outcome.kind === "unchanged") test.standardOutput("unchanged since its last execution");
  if (isFailure(outcome)) fail(test, outcome);
}

/** A test for each cell; what failed in none of them is a test of the whole notebook. */
function addCells(builder: Builder, outcome: NotebookOutcome, cells: readonly CellRecord[]): void {
  const suite = builder.testSuite().name(printable(outcome.notebook)).time(outcome.seconds);
  const name = path.basename(outcome.notebook);
  for (const { cellIndex, executionCount, seconds, state } of cells) {
    const called = state === "skipped" ? `cell at place ${cellIndex + 1}` : cellName(executionCount);
    const test = testOf(suite, name, called, outcome.notebook);
    if (state === "skipped") test.skipped();
    else test.time(seconds);
    if (state === "failed" && isFailure(outcome)) fail(test, outcome);
  }
  if (isFailure(outcome) && !cells.some(({ state }) => state === "failed"))
    fail(testOf(suite, name, "the notebook", outcome.notebook), outcome);
}

const testOf = (suite: Suite, className: string, name: string, file: string): Test =>
  suite.testCase().className(printable(className)).name(printable(name)).file(printable(file));

function fail(test: Test, outcome: NotebookFailure): void {
  const message = printable(`${outcome.ename}: ${outcome.evalue}`);
  const description = printable(describeFailure(outcome));
  if (outcome.kind === "cellError") test.failure(message, printable(outcome.ename)).stacktrace(description);
  else test.error(message, outcome.kind, description);
}

function addClaims(builder: Builder, { checked, expectation }: JudgedClaims): void {
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
