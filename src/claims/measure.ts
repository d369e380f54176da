import type { Readings } from "../readings.js";
import type { TrainedTables } from "../result-tables.js";
import type { MeasuredClaim, OrderClaim } from "./claim.js";
import { type Spread, spreadOf } from "./interval.js";
import { quantity } from "./quantities.js";
import type { Scope } from "./scope.js";

/** What the tables say about a claim, over the seeds that have all it needs. */
export interface Measured extends Spread {
  seeds: number[];
  /** The quantity of every seed: its value, or for an order claim the least of its increases from group to group. */
  values: number[];
  /** The mean over seeds of what chance gives; null where it says nothing. */
  byChance: number | null;
  /** Of an order claim: the mean of each group of runs, and the spread of each increase, seed by seed. */
  groups?: { runs: number[]; mean: number }[];
  increases?: Spread[];
}

/** What a claim is measured on. */
export interface Measurement {
  tables: readonly TrainedTables[];
  readings: Readings;
  scope: Scope;
}

/** What the tables say about a claim, or in words what is missing to say anything. */
export function measureClaim(claim: MeasuredClaim, measurement: Measurement): Measured | string {
  const { scope } = measurement;
  const layers = scope.layersOf(claim.layer);
  const needed = layers.flatMap((layer) => claim.runs.map((run) => ({ layer, run })));
  const lacking = needed.filter((place) => seedsAt(measurement, place).length === 0);
  if (lacking.length > 0) return `not trained: ${listPlaces(lacking)}`;
  const seeds = needed
    .map((place) => seedsAt(measurement, place))
    .reduce((shared, of) => shared.filter((seed) => of.includes(seed)));
  if (seeds.length === 0) return `no seed has all of: ${listPlaces(needed)}`;
  const perSeed = seeds.map((seed) =>
    needed.map((place) => ({ ...place, ...valuesAt(claim, measurement, { ...place, seed }) })),
  );
  const undefinedAt = perSeed.flat().find(({ value }) => value === null || !Number.isFinite(value));
  if (undefinedAt) return `${quantity(claim.quantity).describes}: undefined in ${listPlaces([undefinedAt])}`;
  const known = perSeed as Known[][];
  return {
    seeds,
    byChance: byChance(known),
    ...(claim.kind === "order" ? ordered(claim, known) : single(claim, known)),
  };
}

interface Place {
  layer: number;
  run: number;
}

interface Known extends Place {
  value: number;
  chance: number | null;
}

const tablesAt = ({ tables }: Measurement, { layer, run }: Place): TrainedTables[] =>
  tables.filter(({ record }) => record.layer === layer && record.run.number === run);

const seedsAt = (measurement: Measurement, place: Place): number[] =>
  tablesAt(measurement, place).map(({ record }) => record.seed);

function valuesAt(claim: MeasuredClaim, measurement: Measurement, place: Place & { seed: number }) {
  const tables = tablesAt(measurement, place).find(({ record }) => record.seed === place.seed)!;
  const { of, byChance } = quantity(claim.quantity);
  return {
    value: of(tables, measurement.readings),
    chance: byChance?.(tables, measurement.readings) ?? null,
  };
}

/** One value a seed: that of the only training, or over several their largest, smallest or range. */
function single(claim: Exclude<MeasuredClaim, OrderClaim>, perSeed: Known[][]) {
  const over = claim.kind === "bound" ? (claim.over ?? "largest") : "largest";
  const values = perSeed.map((trainings) => overTrainings[over](trainings.map(({ value }) => value)));
  return { values, ...spreadOf(values) };
}

const overTrainings = {
  largest: (values: number[]): number => Math.max(...values),
  smallest: (values: number[]): number => Math.min(...values),
  range: (values: number[]): number => Math.max(...values) - Math.min(...values),
};

/** Differences between groups are taken seed by seed: a seed starts all runs alike and shows them the same batches. */
function ordered(claim: OrderClaim, perSeed: Known[][]) {
  const groupMeans = perSeed.map((trainings) =>
    claim.order.map((runs) => mean(trainings.filter(({ run }) => runs.includes(run)).map(({ value }) => value))),
  );
  const increasesOf = (means: number[]): number[] => means.slice(1).map((value, i) => value - means[i]);
  const values = groupMeans.map((means) => Math.min(...increasesOf(means)));
  return {
    values,
    ...spreadOf(values),
    groups: claim.order.map((runs, group) => ({ runs, mean: mean(groupMeans.map((means) => means[group])) })),
    increases: claim.order.slice(1).map((_, i) => spreadOf(groupMeans.map((means) => increasesOf(means)[i]))),
  };
}

function byChance(perSeed: Known[][]): number | null {
  const known = perSeed.flat().flatMap(({ chance }) => (chance === null ? [] : [chance]));
  return known.length === 0 ? null : mean(known);
}

const listPlaces = (places: readonly Place[]): string =>
  [...new Set(places.map(({ layer }) => layer))]
    .map((layer) => {
      const runs = places.filter((place) => place.layer === layer).map(({ run }) => run);
      return `Run ${[...new Set(runs)].join(", ")} on layer ${layer}`;
    })
    .join("; ");

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
