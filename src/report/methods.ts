import type { TrainingRecord } from "../experiment/training/record.js";
import { describe, type Method } from "../method.js";
import { type ReadingId, type Readings, readingChoices } from "../readings.js";
import { runsOf } from "../runs.js";

/** What decides one quantity of a method: a rule with its place in the paper and its options, or a plain choice. */
export interface SlotChoice {
  slot: string;
  rule: string;
  source: string;
  options: string;
}

/** A run as it was trained: all its slots, and those in which it differs from the run before. */
export interface MethodStep {
  run: TrainingRecord["run"];
  slots: SlotChoice[];
  changed: SlotChoice[];
}

/** The method of every trained run, as its run.json records it (`describe`), beside that of the run before. */
export function methodSteps(records: readonly TrainingRecord[], readings: Readings): MethodStep[] {
  const recorded = new Map(records.map(({ run, method }) => [run.number, { run, method }]));
  const library: Method[] = runsOf({ readings }).map(({ method }) => method);
  return [...recorded.values()]
    .sort((a, b) => a.run.number - b.run.number)
    .map(({ run, method }) => {
      const before =
        recorded.get(run.number - 1)?.method ?? (run.number > 0 ? describe(library[run.number - 1]) : method);
      const slots = Object.entries(method).map(([slot, choice]) => slotChoice(slot, choice));
      return {
        run,
        slots,
        changed: slots.filter(({ slot }) => JSON.stringify(method[slot]) !== JSON.stringify(before[slot])),
      };
    });
}

function slotChoice(slot: string, choice: unknown): SlotChoice {
  if (typeof choice !== "object" || choice === null) return { slot, rule: String(choice), source: "", options: "" };
  const { rule, source, ...options } = choice as Record<string, unknown>;
  return {
    slot,
    rule: String(rule),
    source: String(source),
    options: Object.entries(options)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
  };
}

/** A reading of the paper with what was taken. */
export interface ReadingTaken {
  id: string;
  taken: string;
  alternatives: string[];
  isChanged: boolean;
}

/** Every reading, with the choice that was taken. */
export const readingsTaken = (readings: Readings): ReadingTaken[] =>
  Object.entries(readingChoices).map(([id, choices]) => {
    const taken = readings[id as ReadingId];
    return { id, taken, alternatives: choices.filter((choice) => choice !== taken), isChanged: taken !== choices[0] };
  });
