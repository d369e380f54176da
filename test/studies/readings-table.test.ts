import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainingRecord } from "../../src/experiment/training/record.js";
import { type StudyRow, studyTable } from "../../studies/readings-table.js";

const record = (changes: Record<string, number>): TrainingRecord =>
  ({
    final: {
      ...{ fractionVarianceExplained: 0.5, l0: 10, utilizationImportance: 1, tau: 0.1, lambda1: 0.04 },
      ...{ meanActivationCosine: 0.2, meanMaxActivationCosine: 0.9, nullActivationCosine: 0.1, meanDecoderCosine: 0 },
      ...changes,
    },
    flags: { pruned: 3, reallocated: 0 },
  }) as unknown as TrainingRecord;
const row = (label: string, run: number, changes: Partial<StudyRow> = {}): StudyRow => ({
  label,
  run,
  reported: { utilization: "importance", reportedCorrelation: "test" },
  records: [record({})],
  ...changes,
});
const cellsOf = (table: string, line: number): string[] => table.split("\n")[line + 2].split(" | ");

test("each row is compared with the first of its run; R19 reads another column of the same trainings", () => {
  const table = studyTable([
    row("default", 9),
    row("a", 9, { records: [record({ l0: 12 })] }),
    row("b", 9, { reported: { utilization: "importance", reportedCorrelation: "maximum" } }),
    row("default", 7, { records: [record({ l0: 12 })] }),
    row("c", 7, { records: [record({ l0: 12 })] }),
    row("d", 7, { records: [], failure: "step 3: loss is NaN" }),
  ]);
  const [title, l0, correlation, chance] = [0, 3, 4, 5];
  assert.deepEqual([cellsOf(table, 0)[title], cellsOf(table, 0)[l0]], ["| default", "10"]);
  assert.deepEqual([cellsOf(table, 1)[l0], cellsOf(table, 1)[correlation]], ["12", "="]);
  assert.deepEqual([cellsOf(table, 2)[correlation], cellsOf(table, 2)[chance]], ["0.9", "–"]);
  assert.equal(cellsOf(table, 4)[l0], "=", "the default of Run 7, not of Run 9");
  assert.match(cellsOf(table, 5).join(), /step 3: loss is NaN/);
});
