import { SncError } from "./base/errors.js";
import * as m from "./mechanisms/index.js";
import { describe, type Method } from "./method.js";
import { runNames } from "./paper.js";
import { type Readings, readings } from "./readings.js";

/** A run of the paper: a number, a name and a method; or a variation of one, which has the number of the run that it varies. */
export interface Run {
  number: number;
  name: string;
  method: Method;
  /** Of a variation: the slots that it fills otherwise than its run, and with what. */
  variation?: Partial<Method>;
}

/** Under which readings, and at which intervals, a run is made. */
export interface RunOptions {
  readings?: Readings;
  /** Steps between two prunings (§5.3), and of low importance before a feature is started again (Reading R13). */
  pruneEvery?: number;
  reallocateAfter?: number;
  /** β of I and H (Eq. 4, 6). */
  momentum?: number;
}

/** §6.1's runs; each keeps what the one before has, and the difference between two lines is the experiment. */
export function runsOf({ readings: r = readings(), ...options }: RunOptions = {}): Run[] {
  const {
    pruneEvery: every = 100,
    reallocateAfter: after = Number(r.reallocateAfter),
    momentum: beta = 0.99,
  } = options;
  const pruning = { threshold: 0.8, every, hit: r.pruneHit, action: r.prune };
  const neighbours7 = r.neighbourhood === "window" ? m.window({ rMax: 32 }) : m.blocks({ size: 32 });
  const neighbours8 =
    r.adaptiveNeighbourhood === "strongest" ? m.strongest({ rMax: 32 }) : m.adaptiveWindow({ rMax: 32 });
  const averaging = r.sparsityRule === "averaged" ? 0.99 : 0;

  const baseline: Method = {
    sparsity: m.constantSparsity(0.04),
    pairs: m.noPairs,
    tau: m.constantTau(),
    prune: m.noPruning,
    importance: m.momentumImportance({ beta, norm: r.importance }),
    inhibit: m.noInhibition,
    neighbours: m.noNeighbours,
    coactivation: m.noCoactivation,
    radius: m.fixedRadius(0),
    reallocate: m.noReallocation,
    keep: m.keepAll,
    prefixes: m.noPrefixes,
    auxiliary: m.noAuxiliary,
    l0: m.noL0Target,
    directions: m.freeDirections,
    trained: "all",
    correlation: r.correlation,
    penalty: r.penalty,
    reconstruction: r.reconstruction,
  };
  const selectiveOrthogonality: Method = { ...baseline, pairs: m.topPairs({ fraction: 0.001, count: r.pairCount }) };
  const adaptiveConstraint: Method = {
    ...selectiveOrthogonality,
    tau: m.adaptiveTau({ alpha: 0.9, target: 0.1, meanCorrelation: r.meanCorrelation }),
  };
  const correlationPairs: Method = {
    ...adaptiveConstraint,
    pairs: m.significantPairs({ fraction: 0.001, count: r.pairCount, sigmas: 2, threshold: r.threshold }),
  };
  const correlationPruning: Method = { ...correlationPairs, prune: m.pruneCorrelated(pruning) };
  const importance: Method = { ...correlationPruning, prune: m.pruneCorrelated({ ...pruning, protectAbove: 0.9 }) };
  const adaptiveSparsity: Method = {
    ...importance,
    sparsity: m.adaptiveSparsity({ target: 0.1, momentum: averaging }),
  };
  const localCompetition: Method = {
    ...adaptiveSparsity,
    inhibit: m.winnerTakesAll({ gamma: 0.3, inhibition: r.inhibition }),
    neighbours: neighbours7,
    radius: m.fixedRadius(32),
  };
  const adaptiveNeighbourhoods: Method = {
    ...localCompetition,
    coactivation: m.momentumCoactivation({ beta, coactivation: r.coactivation }),
    radius: m.adaptiveRadius({ rMax: 32, theta: 0.1 }),
    neighbours: neighbours8,
  };
  const reallocation: Method = { ...adaptiveNeighbourhoods, reallocate: m.reallocateInactive({ theta: 0.01, after }) };

  const methods = [
    baseline,
    selectiveOrthogonality,
    adaptiveConstraint,
    correlationPairs,
    correlationPruning,
    importance,
    adaptiveSparsity,
    localCompetition,
    adaptiveNeighbourhoods,
    reallocation,
  ];
  const runs = methods.map((method, number) => ({ number, name: runNames[number], method }));
  for (const run of runs) given.set(run.method, printed(run));
  return runs;
}

/** What runs were when they were given. */
const given = new WeakMap<Method, string>();
const printed = ({ number, name, method }: Run): string => JSON.stringify({ number, name, method: describe(method) });

/** Whether this is a run as `runsOf` gave it, under whatever readings and intervals: number, name and method unchanged. */
export const isAsGiven = (run: Run): boolean => given.get(run.method) === printed(run);

/** The run with this number. Throws a usage error that lists the numbers there are. */
export function run(number: number, options: RunOptions = {}): Run {
  const found = runsOf(options)[number];
  if (!found) throw new SncError("usage", `--run: expected whole numbers from 0 to 9, found ${number}`);
  return found;
}
