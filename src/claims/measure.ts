import type { TrainedTables } from "../experiment/results/tables.js";
import type { Readings } from "../readings.js";
import type { BoundClaim, MeasuredClaim, OrderClaim } from "./claim.js";
import { type Spread, spreadOf } from "./interval.js";
import { quantity } from "./quantities.js";
import type { Scope } from "./scope.js";

/** What the tables say about a claim, over the seeds that have all it needs. */
export interface Measured extends Spread {
  seeds: number[];
  /** Where some of its trainings have other seeds as well, which do not count: a seed says nothing where it has not all. */
  leftOut?: string;
  /** The quantity of every seed: its value, or for an order claim the least of its increases from group to group. */
  values: number[];
  /** The mean over seeds of what chance gives; null where it says nothing. */
  byChance: number | null;
  /** Of an order claim: each group of runs, and each increase from the largest of a group to the smallest of the next, seed by seed. */
  groups?: ({ runs: number[] } & Spread)[];
  increases?: Spread[];
  /** Of a bound: how far the quantity is from the end of its range at most, where it has one. */
  headroom?: number;
  /** Of a range: the same before the first step, where it is measured then. */
  untrained?: Spread;
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
  const left = [...new Set(needed.flatMap((place) => seedsAt(measurement, place)))].filter((of) => !seeds.includes(of));
  return {
    seeds,
    ...(left.length > 0 && { leftOut: leftOutText(measurement, needed, left) }),
    byChance: byChance(known),
    ...(claim.kind === "order" ? ordered(claim, known) : single(claim, known)),
    ...(claim.kind === "bound" && headroomOf(perSeed.flat())),
    ...(claim.kind === "bound" && claim.over === "range" && beforeTraining(claim, measurement, seeds)),
  };
}

/** Which seeds are not counted, and what each lacks. */
const leftOutText = (measurement: Measurement, needed: readonly Place[], seeds: readonly number[]): string =>
  seeds
    .map((seed) => {
      const lacking = needed.filter((place) => !seedsAt(measurement, place).includes(seed));
      return `seed ${seed} does not count without ${listPlaces(lacking)}`;
    })
    .join("; ");

function headroomOf(places: readonly { headroom?: number }[]): { headroom?: number } {
  const known = places.flatMap(({ headroom }) => (headroom === undefined ? [] : [headroom]));
  return known.length === 0 ? {} : { headroom: Math.max(...known) };
}

/** What a range is of the autoencoders as they were before the first step: they are alike whatever training does. */
function beforeTraining(claim: BoundClaim, { tables, ...rest }: Measurement, seeds: number[]): { untrained?: Spread } {
  const untrained = tables.map((table) => ({ ...table, metrics: table.metrics.slice(0, 1) }));
  const perSeed = seeds.map((seed) =>
    rest.scope
      .layersOf(claim.layer)
      .flatMap((layer) => claim.runs.map((run) => ({ layer, run })))
      .map((place) => valuesAt(claim, { ...rest, tables: untrained }, { ...place, seed }).value),
  );
  if (perSeed.flat().some((value) => value === null)) return {};
  return { untrained: spreadOf((perSeed as number[][]).map(overTrainings.range)) };
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
  const { of, byChance, headroom } = quantity(claim.quantity);
  return {
    value: of(tables, measurement.readings),
    chance: byChance?.(tables, measurement.readings) ?? null,
    headroom: headroom?.(tables, measurement.readings),
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

/**
 * Differences are taken seed by seed: a seed starts all runs alike and shows them the same batches. Of groups every run
 * counts: an increase goes from the largest of one to the smallest of the next.
 */
function ordered(claim: OrderClaim, perSeed: Known[][]) {
  const groupsOf = (trainings: Known[]): number[][] =>
    claim.order.map((runs) => trainings.filter(({ run }) => runs.includes(run)).map(({ value }) => value));
  const grouped = perSeed.map(groupsOf);
  const increasesOf = (groups: number[][]): number[] =>
    groups.slice(1).map((group, i) => Math.min(...group) - Math.max(...groups[i]));
  const values = grouped.map((groups) => Math.min(...increasesOf(groups)));
  return {
    values,
    ...spreadOf(values),
    groups: claim.order.map((runs, at) => ({ runs, ...spreadOf(grouped.map((groups) => mean(groups[at]))) })),
    increases: claim.order.slice(1).map((_, at) => spreadOf(grouped.map((groups) => increasesOf(groups)[at]))),
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
