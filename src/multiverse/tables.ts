import type { Claim } from "../claims/claim.js";
import { percent, shareText, short } from "../claims/numbers.js";
import { type StratumName, strata } from "./choices.js";
import type { Multiverse } from "./document.js";
import { divergedIn, idleCounts, permutedLabels, saidOf, satisfiedShare, spreadsOf } from "./shares.js";

/** The claims that the universes say something of, in the registry's order. */
export const claimsIn = ({ computed }: Pick<Multiverse, "computed">, claims: readonly Claim[]): Claim[] =>
  claims.filter(({ id }) => computed.some(({ answers }) => answers[id] !== undefined));

/** For each claim in how many universes of each stratum it is satisfied, and whether the default's point estimate does. */
const sharesTable = (multiverse: Multiverse, claims: readonly Claim[]): string[][] => [
  ["claim", "by default", ...strata.map(({ name }) => name)],
  ...claimsIn(multiverse, claims).map(({ id }) => [
    `\`${id}\``,
    yesNo(saidOf(multiverse, id)[0]?.answer.isSo),
    ...strata.map(({ name }) => shareIn(multiverse, id, name)),
  ]),
];

const yesNo = (isSo: boolean | undefined): string => (isSo === undefined ? "–" : isSo ? "yes" : "no");

function shareIn(multiverse: Multiverse, claim: string, stratum: StratumName): string {
  const share = satisfiedShare(saidOf(multiverse, claim, stratum));
  return share ? shareText(share) : "–";
}

/** Which readings decide a claim's value, by share of variance over the pooled readings. */
const sensitivityTable = ({ decided }: Pick<Multiverse, "decided">, shown = 4): string[][] => [
  ["claim", "foreseen", ...Array.from({ length: shown }, (_, at) => `${at + 1}. reading: alone, with others`)],
  ...Object.entries(decided).map(([claim, by]) => [
    `\`${claim}\``,
    `${percent(by.foreseen)} %`,
    ...by.names.slice(0, shown).map(({ name, first, total }) => `${name}: ${percent(first)} %, ${percent(total)} %`),
  ]),
];

/** How a value spreads over readings and over seeds, and whether labels of runs mean anything. */
const spreadsTable = (multiverse: Multiverse, claims: readonly Claim[]): string[][] => [
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
const idleTable = (multiverse: Pick<Multiverse, "computed">): string[][] => [
  ["run", "what stood idle", "universes"],
  ...idleCounts(multiverse).map(({ run, text, count, of }) => [String(run), text, `${count} of ${of}`]),
];

/** All that a study says, as tables below their titles: those that have rows. */
export function multiverseTables(
  multiverse: Multiverse,
  claims: readonly Claim[],
): [title: string, rows: string[][]][] {
  const all: [title: string, rows: string[][]][] = [
    ["In how many universes each claim is satisfied", sharesTable(multiverse, claims)],
    ["What decides the central ones", sensitivityTable(multiverse)],
    ["Readings against seeds, and runs with their labels exchanged", spreadsTable(multiverse, claims)],
    ["How often a mechanism stood idle", idleTable(multiverse)],
  ];
  return all.filter(([, rows]) => rows.length > 1);
}

/** How much is there: universes, seeds, and what diverged. */
export function progressText({ universes, computed }: Multiverse): string {
  const due = universes.reduce((count, { seeds }) => count + seeds.length, 0);
  const several = universes.filter(({ seeds }) => seeds.length > 1).length;
  const diverged = divergedIn({ computed }).length;
  const lost = diverged === 0 ? "none diverged" : `in ${diverged} a run diverged`;
  const seeds = several === 0 ? "" : `, ${several} of them with several seeds`;
  return `${computed.length} of ${due} asked (${universes.length} universes${seeds}); ${lost}`;
}
