import type { Argv } from "yargs";
import { SncError } from "../base/errors.js";
import { type CompleteSpec, type MethodSpec, runNamed, type VariationSpec } from "../experiment/spec.js";
import { type MethodName, methodNames } from "../methods/names.js";
import { type ExperimentArguments, sizesBy } from "./experiment-options.js";

/** The options that make a variation of a run, or choose another method. */
export interface VariationArguments {
  set?: string[];
  name?: string;
  variation?: string;
  method?: MethodName;
  k?: number;
  lambda1?: number;
}

export const variationArguments = <T>(yargs: Argv<T>): Argv<T & VariationArguments> =>
  yargs
    .option("set", {
      type: "string",
      array: true,
      nargs: 1,
      requiresArg: true,
      describe:
        "with one --run: train a variation of it, with slot.option=value, or slot=rule, as often as needed (what there is to set: docs/variations.md)",
    })
    .option("name", {
      type: "string",
      requiresArg: true,
      describe: "the variation's or method's name (default: made from what is set)",
    })
    .option("variation", {
      type: "string",
      requiresArg: true,
      conflicts: ["run", "set", "method"],
      describe: "train one of the specification's variations in place of runs, by its name",
    })
    .option("method", {
      choices: methodNames,
      requiresArg: true,
      conflicts: ["run", "set"],
      describe: "train another method in place of runs (docs/methods.md)",
    })
    .option("k", { type: "number", requiresArg: true, implies: "method", describe: "with --method: features a token" })
    .option("lambda1", {
      type: "number",
      requiresArg: true,
      implies: "method",
      describe: "with --method: λ₁, of those that are made sparse by it",
    }) as unknown as Argv<T & VariationArguments>;

/**
 * The variation or method that the options describe, or that `--variation` names; undefined where they say neither. Throws a usage
 * error without one run to vary.
 */
export async function variationBy({
  run = [],
  ...options
}: VariationArguments & ExperimentArguments & { run?: number[] }): Promise<VariationSpec | MethodSpec | undefined> {
  const { method, k, lambda1, name, set: settings = [], variation } = options;
  if (variation !== undefined) return variationNamed(variation, (await sizesBy(options)).spec);
  const named = { ...(name !== undefined && { name }) };
  if (method !== undefined)
    return { method, ...(k !== undefined && { k }), ...(lambda1 !== undefined && { lambda1 }), ...named };
  if (settings.length === 0 && name !== undefined)
    throw new SncError("usage", "--name: expected --set or --method, which make what has this name, found neither");
  if (settings.length === 0) return undefined;
  if (run.length !== 1)
    throw new SncError(
      "usage",
      `--set: expected one --run beside it, which is varied, found ${run.join(",") || "none"}`,
    );
  const parsed = settings.map(parseSetting);
  const set = Object.fromEntries(parsed);
  const [twice] = parsed.find(([key], i) => parsed.findIndex(([other]) => other === key) < i) ?? [];
  if (twice !== undefined) throw new SncError("usage", `--set: expected ${twice} once, found it twice`);
  const { nameOfSettings } = await import("../experiment/variation.js");
  return { run: run[0], name: name ?? nameOfSettings(set), set };
}

/** The variation or method of a specification that has this name. Throws a usage error that lists those that there are. */
export function variationNamed(
  name: string,
  { variations = [] }: Pick<CompleteSpec, "variations">,
): VariationSpec | MethodSpec {
  const found = variations.find((of) => runNamed(of).name === name);
  if (found) return found;
  const there = variations.map((of) => runNamed(of).name).join(", ") || "none";
  throw new SncError(
    "usage",
    `--variation: expected one of the specification's variations (${there}), found "${name}"`,
  );
}

/** "inhibit.gamma=1" → ["inhibit.gamma", 1]; a value that is no number stays a text. */
function parseSetting(text: string): [string, string | number] {
  const [, key, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (key === undefined)
    throw new SncError("usage", `--set: expected slot.option=value, as in inhibit.gamma=1, found "${text}"`);
  return [key, Number.isFinite(Number(value)) && value.trim() !== "" ? Number(value) : value];
}
