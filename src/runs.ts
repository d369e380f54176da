import { SncError } from "./errors.js";
import * as m from "./mechanisms/index.js";
import type { Method } from "./method.js";

/** A run of the paper: a number, a name and a method. */
export interface Run {
  number: number;
  name: string;
  method: Method;
}

const baseline: Method = {
  sparsity: m.constantSparsity(0.04),
  importance: m.momentumImportance({ beta: 0.99 }),
  reconstruction: "squared",
};

/** §6.1's runs; each keeps what the one before has. */
export const runs: readonly Run[] = [{ number: 0, name: "baseline", method: baseline }];

/** The run with this number. Throws a usage error that lists the numbers there are. */
export function run(number: number): Run {
  const found = runs.find((r) => r.number === number);
  if (!found) throw new SncError("usage", `--run: expected one of ${runs.map((r) => r.number)}, found ${number}`);
  return found;
}
