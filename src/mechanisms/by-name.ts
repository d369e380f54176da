import { SncError } from "../base/errors.js";
import type { Method, Options, RuleSlot } from "../method.js";
import * as m from "./index.js";

/** The rules of this package that can fill each slot, by name, each made from its options. */
export const rules: { readonly [S in RuleSlot]: Readonly<Record<string, (options: never) => Method[S]>> } = {
  sparsity: {
    constantSparsity: ({ lambda1 }: { lambda1?: number }) => m.constantSparsity(lambda1),
    adaptiveSparsity: m.adaptiveSparsity,
  },
  pairs: {
    noPairs: () => m.noPairs,
    topPairs: m.topPairs,
    significantPairs: m.significantPairs,
    allPairs: m.allPairs,
  },
  tau: { constantTau: m.constantTau, adaptiveTau: m.adaptiveTau },
  prune: { noPruning: () => m.noPruning, pruneCorrelated: m.pruneCorrelated },
  importance: { momentumImportance: m.momentumImportance },
  inhibit: { noInhibition: () => m.noInhibition, winnerTakesAll: m.winnerTakesAll },
  neighbours: {
    noNeighbours: () => m.noNeighbours,
    window: m.window,
    blocks: m.blocks,
    strongest: m.strongest,
    adaptiveWindow: m.adaptiveWindow,
  },
  coactivation: { noCoactivation: () => m.noCoactivation, momentumCoactivation: m.momentumCoactivation },
  radius: {
    fixedRadius: ({ radius }: { radius?: number }) => m.fixedRadius(radius),
    adaptiveRadius: m.adaptiveRadius,
  },
  keep: { keepAll: () => m.keepAll, topK: m.topK, batchTopK: m.batchTopK, jumpRelu: m.jumpRelu },
  prefixes: { noPrefixes: () => m.noPrefixes, halves: m.halves },
  auxiliary: { noAuxiliary: () => m.noAuxiliary, reviveDead: m.reviveDead },
  l0: { noL0Target: () => m.noL0Target, l0Target: m.l0Target },
  directions: { freeDirections: () => m.freeDirections, orthogonalChunks: m.orthogonalChunks },
  reallocate: { noReallocation: () => m.noReallocation, reallocateInactive: m.reallocateInactive },
};

export const isRuleSlot = (slot: string): slot is RuleSlot => Object.hasOwn(rules, slot);

/**
 * The rule of this name for a slot, with these options and its defaults for the others. Throws a usage error that lists the
 * rules that the slot can have or the options that the rule has, or says what an option can be.
 */
export function ruleNamed<S extends RuleSlot>(slot: S, name: string, options: Options = {}): Method[S] {
  if (!Object.hasOwn(rules[slot], name))
    throw new SncError("usage", `${slot}: expected ${list(Object.keys(rules[slot]))}, found "${name}"`);
  const make = rules[slot][name] as (options: Options) => Method[S];
  const known = Object.keys(make({}).options);
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown === undefined) return make(options);
  const expected = known.length === 0 ? `no option: ${name} has none` : `an option of ${name} (${list(known)})`;
  throw new SncError("usage", `${slot}.${unknown}: expected ${expected}, found "${unknown}"`);
}

const list = (names: readonly string[]): string => names.join(", ");

/**
 * The rule that `describe` has printed of a slot. Throws a usage error where it is not this package's, or a choice that the
 * slot does not have.
 */
export function describedRule<S extends RuleSlot>(slot: S, printed: unknown): Method[S] {
  const { rule, source: _, code, ...options } = (printed ?? {}) as { rule?: unknown; source?: unknown } & Options;
  if (typeof rule === "string" && code === undefined && Object.hasOwn(rules[slot], rule))
    return ruleNamed(slot, rule, options);
  throw new SncError(
    "usage",
    `${slot}: expected a rule of this package (${list(Object.keys(rules[slot]))}), found ${String(rule)}` +
      `${code === undefined ? "" : ", a rule of somebody's own"}`,
  );
}
