import { canonicalJson } from "../files.js";
import type { TrainedTables } from "../result-tables.js";

/** Whether a statement is so, and what was found. */
export interface Finding {
  isSo: boolean;
  found: string;
}

/** Every training was optimized alike: Adam, its rate and warm-up, batch size, steps and start. */
function sameHyperparameters(tables: readonly TrainedTables[]): Finding {
  const settings = new Set(
    tables.map(({ record: { optimization, batchSize, steps, init } }) =>
      canonicalJson({ optimization, batchSize, steps, init }),
    ),
  );
  return {
    isSo: settings.size === 1,
    found: `${settings.size} setting${settings.size === 1 ? "" : "s"} of optimizer, batch size, steps and start in ${tables.length} trainings`,
  };
}

/** No run takes exactly the steps of the run before: what each adds acts. */
function everyRunDiffers(tables: readonly TrainedTables[]): Finding {
  const losses = new Map(tables.map(({ record, trace }) => [placeOf(record), String(trace.map((row) => row.loss))]));
  const idle = tables.filter(({ record }) => {
    const before = losses.get(placeOf(record, -1));
    return before !== undefined && before === losses.get(placeOf(record));
  });
  const runs = [...new Set(idle.map(({ record }) => record.run.number))];
  return {
    isSo: runs.length === 0,
    found:
      runs.length === 0
        ? "every run took other steps than the run before"
        : `took exactly the steps of the run before, in ${idle.length} trainings: Run ${runs.join(", ")}`,
  };
}

const placeOf = ({ run, layer, seed }: TrainedTables["record"], runsOn = 0): string =>
  `${run.number + runsOn} ${layer} ${seed}`;

/** A statement's test, and tables changed so that it must fail: what the self-test mutates. */
interface StatementTest {
  test(tables: readonly TrainedTables[]): Finding;
  broken(tables: readonly TrainedTables[]): TrainedTables[];
}

/** The tests of statements, by name. */
export const statements = {
  sameHyperparameters: {
    test: sameHyperparameters,
    broken: ([first, ...others]) => [
      { ...first, record: { ...first.record, batchSize: 2 * first.record.batchSize } },
      ...others,
    ],
  },
  everyRunDiffers: {
    test: everyRunDiffers,
    broken: (tables) => tables.map((table) => ({ ...table, trace: tables[0].trace })),
  },
} satisfies Record<string, StatementTest>;

export type StatementName = keyof typeof statements;
export const statementNames = Object.keys(statements) as [StatementName, ...StatementName[]];
