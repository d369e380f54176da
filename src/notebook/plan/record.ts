import { z } from "zod";
import { canonicalJson, readJson, sha256, sha256OfFile, writeJson } from "../../base/files.js";
import type { ParameterValue } from "../run/declared.js";
import type { Parameters } from "../run/parameters.js";

/** All that an executed copy depends on, by the name of each part: a hash, or a short text that says more than one. */
export type KeyParts = Record<string, string>;

const parameterValue: z.ZodType<ParameterValue> = z.json();

const recordSchema = z.object({
  /** Hash of the parts. */
  key: z.string(),
  parts: z.record(z.string(), z.string()),
  parameters: z.record(z.string(), parameterValue),
  /** sha256 of the executed copy: one that was edited since, or left by a failure, has another. */
  copy: z.string(),
  seconds: z.number().nonnegative(),
  executedCells: z.int().nonnegative(),
});

/** What is recorded of a successful execution, beside its copy. */
export type RecordedExecution = z.infer<typeof recordSchema>;

/** The record in `file`; undefined where there is none that can be read: the notebook is then executed again. */
export async function readRecord(file: string): Promise<RecordedExecution | undefined> {
  return recordSchema.safeParse(await readJson(file).catch(() => undefined)).data;
}

/** Writes the record of a success whose executed copy is `copy`. */
export async function writeRecord(
  file: string,
  copy: string,
  content: { parts: KeyParts; parameters: Parameters; seconds: number; executedCells: number },
): Promise<void> {
  const record: RecordedExecution = { key: hashOf(content.parts), copy: await sha256OfFile(copy), ...content };
  await writeJson(file, record);
}

/** A part's value for something that is best compared by its hash. */
export const hashOf = (value: unknown): string => sha256(canonicalJson(value)).slice(0, 16);

/** The parts that differ, for people: `cells`, `node 20.19.0 → 22.1.0`, `runs/run-2 (read) is missing`. */
export function changedParts(before: KeyParts, now: KeyParts): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => before[name] !== now[name],
  );
  return names.map((name) => {
    if (now[name] === undefined) return `${name} is missing`;
    if (before[name] === undefined) return `${name} is new`;
    return isHash(before[name]) ? `${name} changed` : `${name} ${before[name]} → ${now[name]}`;
  });
}

const isHash = (value: string): boolean => /^[0-9a-f]{16}$/.test(value);
