import { shellWord } from "../base/command.js";
import type { CheckedClaim } from "../claims/check.js";
import type { ExecutedNotebook } from "./executed.js";

/** What the commands of one result set have in common. */
export interface CommandContext {
  profile: string;
  /** Readings that differ from the default. */
  readings: Readonly<Record<string, string>>;
  /** Options beyond these by name, such as another precision or size. */
  options?: readonly (readonly [name: string, value: string])[];
}

/** The commands that train what a claim is about and check it again. `layers`: of the model. */
export function claimCommands(
  { claim, measured }: CheckedClaim,
  layers: readonly number[],
  context: CommandContext,
): string[] {
  const seeds = measured ? ` --seed ${measured.seeds.join(",")}` : "";
  const runs = claim.runs.join(",");
  const train = `npx snc train --run ${runs} --layer ${layers.join(",")}${seeds} --force${choices(context)}`;
  return [...(claim.runs.length > 0 ? [train] : []), `npx snc claims ${claim.id}${choices(context)}`];
}

/** The command that executes a notebook again as it was executed. */
export function notebookCommand({ name, parameters }: ExecutedNotebook): string {
  const given = Object.entries(parameters).map(([key, value]) => ` --param ${quoted(`${key}=${asText(value)}`)}`);
  return `npx snc run notebooks/${name}.ipynb --force${given.join("")}`;
}

/** The command that makes the whole result set. */
export const reproduceCommandOf = (context: CommandContext): string => `./reproduce.sh${choices(context)}`;

const choices = ({ profile, readings, options = [] }: CommandContext): string =>
  [
    ` --profile ${profile}`,
    ...options.map(([name, value]) => ` --${name} ${quoted(value)}`),
    ...Object.entries(readings).map(([id, value]) => ` --reading ${quoted(`${id}=${value}`)}`),
  ].join("");

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** A word for a POSIX shell, in quotes only where it needs them. */
const quoted = (word: string): string => (/^[\w=.,/:-]+$/.test(word) ? word : shellWord(word));
