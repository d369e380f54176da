import type { NotebookFailure, NotebookOutcome } from "../run/outcome.js";

/** What became of a planned notebook: an execution, its executed copy left as it was, or neither. */
export type PlanOutcome =
  | NotebookOutcome
  | { kind: "unchanged"; notebook: string; output: string; seconds: number; executedCells: number }
  | { kind: "notExecuted"; notebook: string; reason: string };

/** Whether a notebook was executed and did not end well. */
export const isFailure = (outcome: PlanOutcome): outcome is NotebookFailure =>
  !["ok", "unchanged", "notExecuted"].includes(outcome.kind);
