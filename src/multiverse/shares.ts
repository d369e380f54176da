import { type Share, shareOf, spreadOf } from "../base/interval.js";
import { mean } from "../base/mean.js";
import { permutation, stream } from "../base/random.js";
import type { PointEstimate } from "../claims/check.js";
import { type StratumName, strata } from "./choices.js";
import type { ComputedUniverse, Multiverse } from "./document.js";
import type { Universe } from "./plan.js";

/** A universe with what its first seed says of one claim. */
export interface Said {
  universe: Universe;
  answer: PointEstimate;
}

/** What the universes of a stratum, or of all, say of a claim, by their first seeds; those that cannot say anything are left out. */
export function saidOf(
  { universes, computed }: Pick<Multiverse, "universes" | "computed">,
  claim: string,
  stratum?: StratumName,
): Said[] {
  const byId = new Map(computed.map((of) => [`${of.id} ${of.seed}`, of]));
  return universes
    .filter((universe) => stratum === undefined || universe.stratum === stratum)
    .flatMap((universe) => {
      const answer = byId.get(`${universe.id} ${universe.seeds[0]}`)?.answers[claim];
      return answer ? [{ universe, answer }] : [];
    });
}

/** The share of universes whose point estimate satisfies a claim; undefined where none says anything. */
export const satisfiedShare = (said: readonly Said[]): Share | undefined =>
  said.length === 0 ? undefined : shareOf(said.filter(({ answer }) => answer.isSo).length, said.length);

/** In how many of the pooled readings each claim is satisfied, by its id. */
export function pooledShares(multiverse: Pick<Multiverse, "universes" | "computed">): Record<string, Share> {
  const ids = new Set(multiverse.computed.flatMap(({ answers }) => Object.keys(answers)));
  const shares = [...ids].sort().map((id) => [id, satisfiedShare(saidOf(multiverse, id, strata[0].name))] as const);
  return Object.fromEntries(shares.filter((of): of is [string, Share] => of[1] !== undefined));
}

/** How much of a value's spread is of the readings, and how much of the seeds: variances of universes' means and within them. */
export interface Spreads {
  universes: number;
  ofReadings: number;
  ofSeeds: number;
}

/** By the universes that were trained with several seeds, of all strata; undefined where there are fewer than two. */
export function spreadsOf({ computed }: Pick<Multiverse, "computed">, claim: string): Spreads | undefined {
  const values = new Map<string, number[]>();
  for (const { id, answers } of computed) {
    const value = answers[claim]?.value;
    if (value !== null && value !== undefined) values.set(id, [...(values.get(id) ?? []), value]);
  }
  const groups = [...values.values()].filter((of) => of.length > 1);
  if (groups.length < 2) return undefined;
  const within = mean(groups.map(variance));
  const between = variance(groups.map(mean)) - mean(groups.map((of) => variance(of) / of.length));
  return { universes: groups.length, ofReadings: Math.max(0, between), ofSeeds: within };
}

const variance = (values: readonly number[]): number => spreadOf(values).sd! ** 2;

/** Labels that are dealt out anew. */
const permutations = 999;

/**
 * Whether runs follow the order of a claim in more, or in fewer, universes than if their labels meant nothing: within each universe the
 * runs that are compared change places at random. p of each side. It assumes that runs of a universe could be exchanged if no
 * mechanism did anything, and that universes are draws of the multiverse; it says nothing of texts, layers and models.
 */
export function permutedLabels(said: readonly Said[], seed = 1): { more: number; fewer: number } | undefined {
  const orders = said.flatMap(({ answer }) => (answer.runs ? [answer.runs] : []));
  if (orders.length === 0) return undefined;
  const random = stream(seed, "labels");
  const count = (deal: (values: number[]) => readonly number[]): number =>
    orders.filter((values) => rises(deal(values))).length;
  const found = count((values) => values);
  let [more, fewer] = [1, 1];
  for (let i = 0; i < permutations; i++) {
    const dealt = count((values) => Array.from(permutation(random, values.length), (at) => values[at]));
    if (dealt >= found) more++;
    if (dealt <= found) fewer++;
  }
  return { more: more / (permutations + 1), fewer: fewer / (permutations + 1) };
}

const rises = (values: readonly number[]): boolean => values.every((value, at) => at === 0 || value > values[at - 1]);

/** How often each mechanism did nothing: in how many universes of how many a sentence of each kind stands, by run. */
export function idleCounts({
  computed,
}: Pick<Multiverse, "computed">): { run: number; text: string; count: number; of: number }[] {
  const counts = new Map<string, { run: number; text: string; count: number }>();
  const firsts = computed.filter(({ id }, at) => computed.findIndex((of) => of.id === id) === at); // by their first seeds
  for (const { idle } of firsts)
    for (const [run, said] of Object.entries(idle))
      for (const text of said.map((one) => one.replace(/\d+(?:\.\d+)?( %)?/g, "…"))) {
        const key = `${run} ${text}`;
        counts.set(key, { run: Number(run), text, count: (counts.get(key)?.count ?? 0) + 1 });
      }
  return [...counts.values()]
    .sort((a, b) => a.run - b.run || b.count - a.count)
    .map((row) => ({ ...row, of: firsts.filter(({ diverged }) => diverged[row.run] === undefined).length }));
}

/** Universes in which a run diverged. */
export const divergedIn = ({ computed }: Pick<Multiverse, "computed">): ComputedUniverse[] =>
  computed.filter(({ diverged }) => Object.keys(diverged).length > 0);
