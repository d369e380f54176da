import type { FeatureNumbers } from "./feature.js";
import { percent } from "./numerals.js";

type Fated = Pick<FeatureNumbers, "isOff" | "frequency" | "fate">;

/** A feature's fate in a few words, as a list shows it, with the step. */
export function fateInShort({ isOff, frequency, fate }: Fated): string {
  if (isOff) return fate?.prunedAt == null ? "switched off" : `pruned ${fate.prunedAt}`;
  const started = fate?.startedAgainAt.at(-1);
  if (started !== undefined) return `restarted ${started}`;
  return frequency === 0 ? "never fires" : "";
}

/** The same in sentences, with what competition and T_k did to it; one that says so where nothing is known. */
export function fateSentences({ isOff, frequency, fate }: Fated): string[] {
  const state = isOff ? "It is switched off." : frequency === 0 ? "It never fires on these tokens." : undefined;
  if (fate === null) return [...(state ? [state] : []), "Its training is not known."];
  const { prunedAt, startedAgainAt, lostShare, inPairsShare } = fate;
  const sentences = [
    prunedAt === null ? state : `It was pruned at step ${prunedAt}.`,
    startedAgainAt.length > 0 && `It was started again at step ${startedAgainAt.join(", ")}.`,
    lostShare !== null && `It lost the competition on ${percent(lostShare)} of its firings.`,
    inPairsShare !== null && `It was in T_k in ${percent(inPairsShare)} of the steps.`,
  ].filter((sentence) => typeof sentence === "string");
  return sentences.length > 0 ? sentences : ["Nothing happened to it: no rule switched it off or started it again."];
}
