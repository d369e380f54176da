import { z } from "zod";
import { SncError } from "../base/errors.js";
import { isRuleSlot, ruleNamed, rules } from "../mechanisms/by-name.js";
import { differences, isRule, type Method, type Options, type RuleSlot } from "../method.js";
import { differencesOf } from "../methods/index.js";
import { sparsityOf } from "../methods/names.js";
import { paper, runNames } from "../paper.js";
import { readingChoices } from "../readings.js";
import type { Run } from "../runs.js";
import { trainable } from "../sae/params.js";
import { type MethodSpec, methodSpecSchema, methodTitle, type VariationSpec, variationSpecSchema } from "./spec.js";

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const longestName = 64;

/**
 * A run with other rules or choices in some slots of its method, under a name of its own: `vary(run(7), "gamma-1", { inhibit:
 * mechanisms.winnerTakesAll({ gamma: 1 }) })`. An experiment trains it in place of its own run of this number, with these slots
 * changed. Throws a usage error for a name that is none or is the paper's, for what no slot can hold, and for no change.
 */
export function vary(run: Run, name: string, patch: Partial<Method>): Run {
  requireName(name);
  for (const [slot, value] of Object.entries(patch)) requireFitting(run.method, slot, value);
  const method: Method = { ...run.method, ...patch };
  if (differences(run.method, method).length === 0)
    throw new SncError("usage", `variation "${name}" of Run ${run.number}: expected a change, found none`);
  return { number: run.number, name, method, variation: { ...run.variation, ...patch } };
}

/**
 * The variation of a run that a specification describes. Throws a usage error that lists the slots of a method, the rules of
 * a slot or the options of a rule, where one is named that there is not.
 */
export function variationOf(run: Run, specification: VariationSpec): Run {
  const parsed = variationSpecSchema.safeParse(specification);
  if (!parsed.success) throw new SncError("usage", `variation: ${z.prettifyError(parsed.error)}`);
  const { run: number, name, set } = parsed.data;
  if (number !== run.number)
    throw new SncError(
      "usage",
      `variation "${name}": expected Run ${number}, which it varies, found Run ${run.number}`,
    );
  return vary(run, name, patchOf(run.method, set));
}

/**
 * A method as a variation of Run 0, or Run 0 where nothing differs: `relu` at its λ₁. `sizes`: of the training. Throws a usage error for
 * how sparse another method is made.
 */
export function methodRun(
  run: Run,
  specification: MethodSpec,
  { steps, interval, d_sae }: { steps: number; interval: number; d_sae: number },
): Run {
  const parsed = methodSpecSchema.safeParse(specification);
  if (!parsed.success) throw new SncError("usage", `method: ${z.prettifyError(parsed.error)}`);
  const { method, k, lambda1 } = parsed.data;
  const [by, other] = sparsityOf(method) === "k" ? (["k", "lambda1"] as const) : (["lambda1", "k"] as const);
  if (parsed.data[other] !== undefined)
    throw new SncError("usage", `method "${method}": expected ${by}, which makes it sparse, found ${other}`);
  if (k !== undefined && k > d_sae)
    throw new SncError("usage", `method "${method}": expected a k of at most d_sae = ${d_sae}, found ${k}`);
  const tenth = Math.max(1, Math.round(paper.adaptiveSparsity.target * d_sae));
  const patch = differencesOf(method, { k: k ?? tenth, lambda1: lambda1 ?? paper.sparsityPenalty, steps, interval });
  const name = methodTitle(parsed.data);
  return differences(run.method, { ...run.method, ...patch }).length === 0 ? run : vary(run, name, patch);
}

/** What a specification sets, as slots of a method. */
function patchOf(method: Method, set: VariationSpec["set"]): Partial<Method> {
  const whole = new Map<keyof Method, string | number>();
  const options = new Map<keyof Method, Record<string, string | number>>();
  for (const [key, value] of Object.entries(set)) {
    const [slot, option] = splitKey(key);
    requireSlot(method, slot);
    if (option === undefined) whole.set(slot, value);
    else options.set(slot, { ...options.get(slot), [option]: value });
  }
  const slots = new Set([...whole.keys(), ...options.keys()]);
  return Object.fromEntries(
    [...slots].map((slot) => [slot, fillingOf(method, slot, whole.get(slot), options.get(slot))]),
  );
}

function splitKey(key: string): [slot: string, option?: string] {
  const at = key.indexOf(".");
  return at < 0 ? [key] : [key.slice(0, at), key.slice(at + 1)];
}

function fillingOf(method: Method, slot: keyof Method, whole?: string | number, options: Options = {}): unknown {
  if (!isRuleSlot(slot)) {
    const [option] = Object.keys(options);
    if (option === undefined) return whole;
    throw new SncError("usage", `${slot}.${option}: expected ${slot} alone, one of ${listOf(choicesOf(slot))}`);
  }
  if (whole !== undefined) return ruleNamed(slot, String(whole), options);
  const { ruleName, options: before, code } = method[slot];
  if (code !== undefined)
    throw new SncError("usage", `${slot}: ${ruleName} is a rule of your own. Make it with other options, and use vary`);
  return ruleNamed(slot, ruleName, { ...before, ...options });
}

/** A variation as plain data; undefined where it has a rule of somebody's own, which only the program that made it has. */
export function variationSpecOf({ number, name, variation = {} }: Run): VariationSpec | undefined {
  const set: VariationSpec["set"] = {};
  for (const [slot, value] of Object.entries(variation)) {
    if (typeof value !== "function") set[slot] = value;
    else if (value.code !== undefined) return undefined;
    else {
      set[slot] = value.ruleName;
      for (const [option, of] of Object.entries(value.options)) if (of !== undefined) set[`${slot}.${option}`] = of;
    }
  }
  return { run: number, name, set };
}

/** A name for a variation that says what it sets: inhibit.gamma=1 → inhibit-gamma-1. */
export function nameOfSettings(set: VariationSpec["set"]): string {
  const words = Object.entries(set).map(([key, value]) => `${key}-${value}`.toLowerCase());
  return words
    .join("-")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, longestName)
    .replace(/-$/, "");
}

function requireName(name: string): void {
  requireVariationName(name);
  const ofPaper: readonly string[] = runNames;
  if (!/^run-\d+$/.test(name) && !ofPaper.includes(name)) return;
  throw new SncError("usage", `variation: expected a name that no run of the paper has, found "${name}"`);
}

/** Throws a usage error for a name that cannot be part of a folder's. */
export function requireVariationName(name: string): void {
  if (typeof name === "string" && namePattern.test(name) && name.length <= longestName) return;
  throw new SncError(
    "usage",
    `variation: expected a name of lower-case letters, digits and hyphens, a letter first, at most ${longestName} of them, ` +
      `found ${JSON.stringify(name)}`,
  );
}

function requireSlot(method: Method, slot: string): asserts slot is keyof Method {
  if (!Object.hasOwn(method, slot))
    throw new SncError("usage", `"${slot}": expected a slot of a method (${listOf(Object.keys(method))})`);
}

/** Throws unless the slot is there and can hold the value. */
function requireFitting(method: Method, slot: string, value: unknown): void {
  requireSlot(method, slot);
  if (isRuleSlot(slot)) requireRule(slot, value);
  else if (!choicesOf(slot).includes(value as string))
    throw new SncError("usage", `${slot}: expected one of ${listOf(choicesOf(slot))}, found ${JSON.stringify(value)}`);
}

const choicesOf = (slot: Exclude<keyof Method, RuleSlot>): readonly string[] =>
  slot === "trained" ? Object.keys(trainable) : readingChoices[slot];

function requireRule(slot: RuleSlot, value: unknown): void {
  const known = Object.keys(rules[slot]);
  const own = "A rule of your own is made by rule(name, source, options, decide)";
  const fail = (found: string): never => {
    throw new SncError("usage", `${slot}: expected a rule of this slot (${listOf(known)}), found ${found}. ${own}`);
  };
  if (typeof value !== "function") fail(JSON.stringify(value) ?? String(value));
  else if (!isRule(value)) fail(`a function (${value.name || "without a name"}) that is no rule`);
  else if (value.code === undefined && !known.includes(value.ruleName)) fail(value.ruleName);
}

const listOf = (names: readonly string[]): string => names.join(", ");
