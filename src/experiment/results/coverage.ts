import { groupBy } from "../../base/group-by.js";

/** Where a training stands; a record of one, or what is like it. */
interface Trained {
  layer: number;
  run: { number: number };
  seed: number;
}

/**
 * Which runs have other seeds than most, on which layer, in one sentence: "Run 3 has seeds 42, 43; all others have 42".
 * Undefined where all have the same. `expected` adds runs and layers of which there may be no training at all.
 */
export function unequalSeeds(
  trainings: readonly Trained[],
  expected: { runs: readonly number[]; layers: readonly number[] } = { runs: [], layers: [] },
): string | undefined {
  const layers = distinct([...trainings.map(({ layer }) => layer), ...expected.layers]);
  const runs = distinct([...trainings.map(({ run }) => run.number), ...expected.runs]);
  const seedsAt = (layer: number, run: number): string =>
    distinct(trainings.filter((of) => of.layer === layer && of.run.number === run).map(({ seed }) => seed)).join(", ");
  const places = layers.flatMap((layer) => runs.map((run) => ({ layer, run, seeds: seedsAt(layer, run) })));
  const bySeeds = [...groupBy(places, ({ seeds }) => seeds).values()].sort((a, b) => b.length - a.length);
  const [usual, ...others] = bySeeds;
  if (others.length === 0) return undefined;
  const exceptions = layers.flatMap((layer) =>
    others.flatMap((alike) => {
      const here = alike.filter((place) => place.layer === layer).map(({ run }) => run);
      if (here.length === 0) return [];
      const where = layers.length > 1 ? ` on layer ${layer}` : "";
      const [noun, verb] = here.length === 1 ? ["Run", "has"] : ["Runs", "have"];
      return [`${noun} ${here.join(", ")}${where} ${verb} ${namedSeeds(alike[0].seeds)}`];
    }),
  );
  return `${exceptions.join("; ")}; all others have ${usual[0].seeds || "none"}`;
}

const namedSeeds = (seeds: string): string =>
  seeds === "" ? "no training" : `${seeds.includes(",") ? "seeds" : "seed"} ${seeds}`;

const distinct = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
