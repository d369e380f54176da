import type { TrainedTables } from "../experiment/results/tables.js";
import type { Claim, ControlName } from "./claim.js";
import type { Measurement } from "./measure.js";
import type { Scope } from "./scope.js";

/** A control: measured tables changed so that a claim which is so has to come out as said. */
export interface Control {
  /** What the change is, for readers. */
  describes: string;
  /** Whether a claim that is so holds under it all the same. Under the others it must not hold, or it would hold of anything. */
  keeps: boolean;
  /** The tables under the control; null where they are not there. */
  tables(claim: Claim, measurement: Measurement): readonly TrainedTables[] | null;
}

/** The controls by name. Each leaves room for the claim to come out otherwise; where it does not, `checkClaims` says so. */
export const controls: Record<ControlName, Control> = {
  untrained: {
    describes: "every run with its own seed and mechanisms, at a learning rate of 0",
    keeps: false,
    tables: (_claim, { untrained }) => (untrained && untrained.length > 0 ? untrained : null),
  },
  shuffled: {
    describes: "every feature's activations permuted over the tokens by themselves",
    keeps: false,
    tables: (_claim, { tables }) => tables.map(shuffled),
  },
  runBefore: {
    describes: "in place of every run the one before it, which lacks what the run adds",
    keeps: false,
    tables: (_claim, { tables }) => renamed(tables, ({ run }) => ({ run: run + 1 })),
  },
  exchangedRuns: {
    describes: "the claim's runs in the opposite order",
    keeps: false,
    tables(claim, { tables }) {
      const runs = claim.kind === "order" ? claim.order.flat() : claim.runs;
      return renamed(tables, ({ run }) => ({ run: runs[runs.length - 1 - runs.indexOf(run)] ?? run }));
    },
  },
  exchangedSeeds: {
    describes: "every run's trainings with the seeds of others of its own",
    keeps: true,
    tables(claim, { tables }) {
      const seeds = [...new Set(tables.map(({ record }) => record.seed))].sort((a, b) => a - b);
      return renamed(tables, ({ run, layer, seed }) => {
        const turns = claim.runs.indexOf(run) + layer;
        return { seed: seeds[(seeds.indexOf(seed) + Math.max(0, turns)) % seeds.length] };
      });
    },
  },
};

interface Place {
  run: number;
  layer: number;
  seed: number;
}

/** The tables as if each had been measured at another place. */
const renamed = (tables: readonly TrainedTables[], to: (place: Place) => Partial<Place>): TrainedTables[] =>
  tables.map(({ record, ...rest }) => {
    const { run = record.run.number, ...place } = to({
      run: record.run.number,
      layer: record.layer,
      seed: record.seed,
    });
    return { ...rest, record: { ...record, ...place, run: { ...record.run, number: run } } };
  });

/** Correlations of activations become what permuting every feature gives, which is measured beside them. */
const shuffled = (tables: TrainedTables): TrainedTables => ({
  ...tables,
  metrics: tables.metrics.map((row) => ({
    ...row,
    meanActivationCosine: row.nullActivationCosine,
    meanActivationCosineOfAlive: row.nullActivationCosineOfAlive,
    meanBatchCosine: row.nullBatchCosine,
    meanMaxActivationCosine: row.nullMaxActivationCosine,
    strongPairs: row.nullStrongPairs,
    prunablePairs: row.nullPrunablePairs,
    meanActivationPearson: row.nullActivationPearson,
    meanActivationPearsonOfAlive: row.nullActivationPearsonOfAlive,
  })),
});

/** The runs on each layer whose untrained control the claims are put to. */
export function untrainedNeeded(
  claims: readonly Claim[],
  { layersOf }: Pick<Scope, "layersOf">,
): { layer: number; runs: number[] }[] {
  const runsOn = new Map<number, Set<number>>();
  for (const claim of claims)
    if (claim.controls?.includes("untrained"))
      for (const layer of layersOf(claim.layer))
        runsOn.set(layer, new Set([...(runsOn.get(layer) ?? []), ...claim.runs]));
  return [...runsOn].map(([layer, runs]) => ({ layer, runs: [...runs].sort((a, b) => a - b) }));
}
