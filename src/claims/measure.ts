import { type Share, type Spread, spreadOf } from "../base/interval.js";
import { mean } from "../base/mean.js";
import type { TrainedTables } from "../experiment/results/tables.js";
import type { Frontier } from "../frontier/document.js";
import type { Readings } from "../readings.js";
import type { MeasuredClaim, OrderClaim, Over } from "./claim.js";
import { independence, type QuantityName, quantity } from "./quantities.js";
import type { ReadingsStudy } from "./readings-study.js";
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
  increases?: Increase[];
  /** Of a bound: how far the quantity is from the end of its range at most, where it has one. */
  headroom?: number;
  /** Of an order: whether the runs that should rise are at the end of the quantity's range before. */
  cannotRise?: boolean;
  /** Of an order of independence: the mean least increase by each of the other measures of it. */
  beside?: Partial<Record<QuantityName, number>>;
}

/** An increase from group to group, and the runs that decide it: the highest of the one before, the lowest of the next. */
export interface Increase extends Spread {
  from: number;
  to: number;
}

/** What a claim is measured on. */
export interface Measurement {
  tables: readonly TrainedTables[];
  readings: Readings;
  scope: Scope;
  /** The same runs at a learning rate of 0, as far as they were computed: see `controls`. */
  untrained?: readonly TrainedTables[];
  /** Other methods beside the paper's runs, as far as they were trained. */
  frontier?: Frontier;
  /** The verdicts under the alternative readings, as far as they were studied. */
  study?: ReadingsStudy;
  /** In how many combinations of readings each claim is satisfied, as far as they were drawn and trained. */
  shares?: Readonly<Record<string, Share>>;
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
    ...(claim.kind === "order" && claim.quantity === independence[0] && besideOf(claim, measurement)),
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

/** The same order by the other measures of independence, in which it may go the other way. */
function besideOf(claim: OrderClaim, measurement: Measurement): Pick<Measured, "beside"> {
  const [, ...others] = independence;
  const increases = others.map((name) => {
    const other = measureClaim({ ...claim, quantity: name, stated: undefined }, measurement);
    return [name, typeof other === "string" ? undefined : other.mean] as const;
  });
  return { beside: Object.fromEntries(increases.filter(([, mean]) => mean !== undefined)) };
}

interface Place {
  layer: number;
  run: number;
}

interface Known extends Place {
  value: number;
  chance: number | null;
  headroom?: number;
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

/** One value a seed: that of the only training, or of several the one that counts, or their range. */
function single(claim: Exclude<MeasuredClaim, OrderClaim>, perSeed: Known[][]) {
  const over = claim.kind === "exact" ? undefined : claim.over;
  const stated = claim.kind === "close" ? claim.stated : 0;
  const values = perSeed.map((trainings) =>
    overTrainings[over ?? "largest"](
      trainings.map(({ value }) => value),
      stated,
    ),
  );
  return { values, ...spreadOf(values) };
}

const overTrainings: Record<Over, (values: number[], stated: number) => number> = {
  largest: (values) => Math.max(...values),
  smallest: (values) => Math.min(...values),
  farthest: (values, stated) => values.reduce((a, b) => (Math.abs(b - stated) > Math.abs(a - stated) ? b : a)),
  range: (values) => Math.max(...values) - Math.min(...values),
};

/**
 * Differences are taken seed by seed: a seed starts all runs alike and shows them the same batches. Of groups every run
 * counts: an increase goes from the largest of one to the smallest of the next.
 */
function ordered(claim: OrderClaim, perSeed: Known[][]) {
  const grouped = perSeed.map((trainings) =>
    claim.order.map((runs) => trainings.filter(({ run }) => runs.includes(run))),
  );
  const values = ({ length }: Known[][]): number[][] =>
    Array.from({ length: length - 1 }, (_, at) => grouped.map((groups) => leastIncrease(groups[at], groups[at + 1])));
  const increases = values(grouped[0]);
  const all = grouped.map((_, seed) => Math.min(...increases.map((increase) => increase[seed])));
  return {
    values: all,
    ...spreadOf(all),
    groups: claim.order.map((runs, at) => ({
      runs,
      ...spreadOf(grouped.map((groups) => mean(groups[at].map(({ value }) => value)))),
    })),
    increases: increases.map((increase, at) => ({
      ...spreadOf(increase),
      from: extreme(grouped, at, Math.max),
      to: extreme(grouped, at + 1, Math.min),
    })),
    ...(grouped.every((groups) => groups.slice(0, -1).some(isAtEnd)) && { cannotRise: true }),
  };
}

const leastIncrease = (before: Known[], after: Known[]): number =>
  Math.min(...after.map(({ value }) => value)) - Math.max(...before.map(({ value }) => value));

/** The run of a group whose mean over seeds is the largest or the smallest. */
function extreme(grouped: Known[][][], at: number, which: (...values: number[]) => number): number {
  const runs = grouped[0][at].map(({ run }) => run);
  const means = runs.map((_, i) => mean(grouped.map((groups) => groups[at][i].value)));
  return runs[means.indexOf(which(...means))];
}

/** Nearer to the end of its range than a point of a hundred: nothing that could be told apart is above it. */
const isAtEnd = (group: Known[]): boolean => group.some(({ headroom }) => headroom !== undefined && headroom < 0.01);

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
