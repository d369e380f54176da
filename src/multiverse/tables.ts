import type { Claim } from "../claims/claim.js";
import { short } from "../claims/numbers.js";
import { type StratumName, strata } from "./choices.js";
import type { Multiverse } from "./document.js";
import type { Sensitivity } from "./sensitivity.js";
import { divergedIn, idleCounts, permutedLabels, type Share, saidOf, shareOf, spreadsOf } from "./shares.js";

/** "12 of 140 (9 %, 5–15 %)". */
export const shareText = ({ satisfied, of, interval: { low, high } }: Share): string =>
  `${satisfied} of ${of} (${percent(satisfied / of)} %, ${percent(low)}–${percent(high)} %)`;

const percent = (share: number): string => (100 * share).toFixed(0);

/** The claims that the universes say something of, in the registry's order. */
export const claimsIn = ({ computed }: Pick<Multiverse, "computed">, claims: readonly Claim[]): Claim[] =>
  claims.filter(({ id }) => computed.some(({ answers }) => answers[id] !== undefined));

/** For each claim in how many universes of each stratum it is satisfied, and whether the default's point estimate does. */
export const sharesTable = (multiverse: Multiverse, claims: readonly Claim[]): string[][] => [
  ["claim", "by default", ...strata.map(({ name }) => name)],
  ...claimsIn(multiverse, claims).map(({ id }) => [
    `\`${id}\``,
    yesNo(saidOf(multiverse, id)[0]?.answer.isSo),
    ...strata.map(({ name }) => shareIn(multiverse, id, name)),
  ]),
];

const yesNo = (isSo: boolean | undefined): string => (isSo === undefined ? "–" : isSo ? "yes" : "no");

function shareIn(multiverse: Multiverse, claim: string, stratum: StratumName): string {
  const share = shareOf(saidOf(multiverse, claim, stratum));
  return share ? shareText(share) : "–";
}

/** Which readings decide a claim's value, by share of variance over the pooled readings. */
export const sensitivityTable = (decided: readonly { claim: string; by: Sensitivity }[], shown = 4): string[][] => [
  ["claim", "foreseen", ...Array.from({ length: shown }, (_, at) => `${at + 1}. reading: alone, with others`)],
  ...decided.map(({ claim, by }) => [
    `\`${claim}\``,
    `${percent(by.foreseen)} %`,
    ...by.names.slice(0, shown).map(({ name, first, total }) => `${name}: ${percent(first)} %, ${percent(total)} %`),
  ]),
];

/** How a value spreads over readings and over seeds, and whether labels of runs mean anything. */
export const spreadsTable = (multiverse: Multiverse, claims: readonly Claim[]): string[][] => [
  ["claim", "standard deviation over readings", "over seeds", "as many or more by chance", "as many or fewer"],
  ...claimsIn(multiverse, claims).flatMap(({ id, kind }) => {
    const spreads = spreadsOf(multiverse, id);
    const labels = kind === "order" ? permutedLabels(saidOf(multiverse, id, strata[0].name)) : undefined;
    if (!spreads && !labels) return [];
    return [
      [
        `\`${id}\``,
        spreads ? short(Math.sqrt(spreads.ofReadings)) : "–",
        spreads ? short(Math.sqrt(spreads.ofSeeds)) : "–",
        labels ? labels.more.toFixed(3) : "–",
        labels ? labels.fewer.toFixed(3) : "–",
      ],
    ];
  }),
];

/** In how many universes a mechanism did nothing. */
export const idleTable = (multiverse: Pick<Multiverse, "computed">): string[][] => [
  ["run", "what stood idle", "universes"],
  ...idleCounts(multiverse).map(({ run, text, count, of }) => [String(run), text, `${count} of ${of}`]),
];

/** How much is there: universes, seeds, and what diverged. */
export function progressText({ universes, computed }: Multiverse): string {
  const due = universes.reduce((count, { seeds }) => count + seeds.length, 0);
  const diverged = divergedIn({ computed }).length;
  const lost = diverged === 0 ? "none diverged" : `in ${diverged} a run diverged`;
  return `${computed.length} of ${due} trainings of ${universes.length} universes (some with several seeds) are there, ${lost}`;
}
