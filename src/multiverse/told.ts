import type { Claim } from "../claims/claim.js";
import { shareText, short } from "../claims/numbers.js";
import { type ReadingsStudy, turnsText } from "../claims/readings-study.js";
import { strata } from "./choices.js";
import { decidedIn } from "./decided.js";
import type { Multiverse } from "./document.js";
import { differencesText } from "./plan.js";
import { permutedLabels, saidOf, satisfiedShare, spreadsOf } from "./shares.js";
import { treeOf, treeText } from "./tree.js";

/** All that a study says of one claim: as data, and in lines for a reader. */
export function told(multiverse: Multiverse, claim: Claim, study?: ReadingsStudy): { data: object; text: string } {
  const decided = multiverse.decided[claim.id] ?? decidedIn(multiverse, [claim])[claim.id];
  const turns = study?.claims[claim.id];
  const [{ name: pooled, choices }] = strata;
  const said = saidOf(multiverse, claim.id, pooled);
  const [first] = saidOf(multiverse, claim.id);
  const shares = strata.flatMap((stratum) => {
    const share = satisfiedShare(saidOf(multiverse, claim.id, stratum.name));
    return share ? [{ ...stratum, share }] : [];
  });
  const measures = measuresOf(multiverse, claim.id);
  const spreads = spreadsOf(multiverse, claim.id);
  const labels = claim.kind === "order" ? permutedLabels(said) : undefined;
  const tree = treeOf(
    said.map(({ universe, answer }) => ({ choices: universe.choices, isSo: answer.isSo })),
    choices,
  );
  const others = said.filter(({ answer }) => first && answer.isSo !== first.answer.isSo).slice(0, 5);
  const lines = [
    `“${claim.quote}” (${claim.section})`,
    first && `By default: ${first.answer.isSo ? "satisfied" : "not satisfied"}${valueText(first.answer.value)}.`,
    ...shares.map(({ name, describes, share }) => `${name} (${describes}): satisfied in ${shareText(share)}.`),
    ...measures.map(
      ({ measure, satisfied, of }) =>
        `${measure}: the answer is another one in ${of} universes, satisfied in ${satisfied} of them.`,
    ),
    turns && `One choice at a time, all else the default: ${turnsText(turns, study!.alternatives)}.`,
    decided &&
      `What decides the value, by share of its variance (alone, with others; ${(100 * decided.foreseen).toFixed(0)} % are foreseen of universes left out):`,
    ...(decided?.names
      .slice(0, 5)
      .map(
        ({ name, first: alone, total }) => `  ${name}: ${(100 * alone).toFixed(0)} %, ${(100 * total).toFixed(0)} %`,
      ) ?? []),
    tree
      ? `Where it holds, told rightly of ${(100 * tree.right).toFixed(0)} % of universes left out (always the same answer: ${(100 * tree.byDefault).toFixed(0)} %):\n${treeText(tree.tree, "  ")}`
      : "No three choices tell where it holds better than always giving the same answer.",
    spreads &&
      `Standard deviation over readings ${short(Math.sqrt(spreads.ofReadings))}, over seeds ${short(Math.sqrt(spreads.ofSeeds))} (${spreads.universes} universes with several seeds).`,
    labels &&
      `Runs with their labels exchanged are in order in as many universes or more with p = ${labels.more.toFixed(3)}, in as few or fewer with p = ${labels.fewer.toFixed(3)}.`,
    others.length > 0 ? "Some universes that answer otherwise than the default:" : undefined,
    ...others.map(({ universe, answer }) => `  ${universe.id}${valueText(answer.value)}: ${differencesText(universe)}`),
  ];
  return {
    data: {
      claim: claim.id,
      shares: shares.map(({ name, share }) => ({ stratum: name, ...share })),
      measures,
      turns,
      decided,
      tree,
      spreads,
      labels,
    },
    text: lines.filter((line) => line !== undefined).join("\n"),
  };
}

const valueText = (value: number | null): string => (value === null ? "" : `, ${short(value)}`);

/** Where the report shows another column (R18, R19), in how many universes the answer is another one, and in how many of these it is satisfied. */
function measuresOf({ computed }: Multiverse, claim: string): { measure: string; satisfied: number; of: number }[] {
  const counts = new Map<string, { satisfied: number; of: number }>();
  for (const { answers, measures } of computed)
    for (const [measure, changed] of Object.entries(measures)) {
      const answer = changed[claim];
      if (!answer || answer.isSo === answers[claim]?.isSo) continue;
      const { satisfied, of } = counts.get(measure) ?? { satisfied: 0, of: 0 };
      counts.set(measure, { satisfied: satisfied + Number(answer.isSo), of: of + 1 });
    }
  return [...counts].map(([measure, of]) => ({ measure, ...of }));
}
