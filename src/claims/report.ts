import { type CheckedClaim, discoveryRate, runsText } from "./check.js";
import type { Claim, Registry } from "./claim.js";
import { controls } from "./controls.js";
import { percent, short } from "./numbers.js";
import { turnsText } from "./readings-study.js";
import { testOf } from "./tests.js";
import { inReadingsText } from "./universes.js";
import { verdictNames } from "./verdict.js";

/** What the paper states, in a few characters. */
export function statedText(claim: Claim): string {
  switch (claim.kind) {
    case "close":
      return `${claim.over ? `${claim.over} ` : ""}${claim.stated}, within ${claim.tolerance}`;
    case "bound":
      return `${claim.over ? `${claim.over} ` : ""}${claim.operator} ${claim.value}`;
    case "order":
      return `Runs ${claim.order.map(runsText).join(" < ")}${claim.stated ? `, ${claim.stated.values.join(", ")}` : ""}`;
    case "exact":
      return `= ${claim.value}`;
    case "frontier":
      return `${claim.better} than ${claim.than.join(", ")} at equal L0`;
    case "statement":
      return claim.stated === undefined ? "–" : String(claim.stated);
  }
}

/** The measured mean with its 95 % t interval; of an order claim the means of its groups. */
function measuredText({ measured }: CheckedClaim): string {
  if (!measured) return "–";
  if (measured.groups) return measured.groups.map(({ mean }) => short(mean)).join(", ");
  const { mean, interval } = measured;
  return interval ? `${short(mean)} [${short(interval.low)}, ${short(interval.high)}]` : short(mean);
}

/** The verdict table: a heading, then one row per claim. */
export const verdictTable = (checked: readonly CheckedClaim[]): string[][] => [
  ["claim", "paper", "measured [95 % interval]", "by chance", "seeds", "verdict", "turns under", "in readings"],
  ...checked.map((row) => [
    row.claim.id,
    statedText(row.claim),
    measuredText(row),
    row.measured?.byChance == null ? "–" : short(row.measured.byChance),
    row.measured ? String(row.measured.n) : "–",
    row.verdict,
    turnsCell(row),
    readingsCell(row),
  ]),
];

/** In what share of how many combinations of readings it is satisfied: "9 % of 140". */
export const readingsCell = ({ universes }: CheckedClaim): string =>
  universes ? `${percent(universes.count / universes.of)} % of ${universes.of}` : "–";

/** Of how many alternative readings how many turn the verdict. */
function turnsCell({ turns }: CheckedClaim): string {
  if (!turns) return "–";
  const count = Object.values(turns.turned).reduce((sum, under) => sum + under.length, 0);
  return `${count} of ${turns.studied}`;
}

/** One row for each distinct test. */
const distinctTests = (checked: readonly CheckedClaim[]): CheckedClaim[] => [
  ...new Map(checked.map((row) => [testOf(row.claim), row])).values(),
];

/** How many sentences have each verdict, how many distinct tests that is, and at which scale. */
export function verdictCounts(checked: readonly CheckedClaim[]): string {
  const distinct = distinctTests(checked);
  const counts = verdictNames.map((verdict) => {
    const of = (rows: readonly CheckedClaim[]): number => rows.filter((row) => row.verdict === verdict).length;
    return `${of(checked)} ${verdict} (${of(distinct)})`;
  });
  return `${checked.length} sentences (${distinct.length} distinct tests) ${checked[0]?.scope.text ?? ""}: ${counts.join(", ")}`;
}

/** How many of the decisive verdicts stand at the false discovery rate that is kept, among all distinct tests. */
export function discoveryText(checked: readonly CheckedClaim[]): string {
  const decided = distinctTests(checked).filter(
    ({ verdict, significance }) => significance && (verdict === "holds" || verdict === "differs"),
  );
  const standing = decided.filter(({ significance }) => significance!.q <= discoveryRate);
  return (
    `Of ${decided.length} distinct tests that an interval decides, ${standing.length} stand at a false discovery rate of ` +
    `${100 * discoveryRate} % (Benjamini and Hochberg)`
  );
}

/** What varies between the seeds of a spread, and what does not. */
export const spreadText =
  "Seeds differ in their starting weights and in the order of their batches; model, texts and activations are the same. With " +
  "three seeds an interval has two degrees of freedom: it is 4.3 standard errors wide to either side.";

/** What became of the verdict under the alternative readings. */
export function turnsOf({ claim, verdict, turns }: CheckedClaim): string {
  if (turns) {
    // Controls that learn nothing are trained under the default readings alone.
    const before = turns.byDefault === verdict ? "" : `${turns.byDefault} by default without the control untrained; `;
    return `${before}${turnsText(turns, turns.alternatives)}`;
  }
  const isOfWords = claim.contradiction !== undefined || (claim.kind === "statement" && claim.test === null);
  return isOfWords ? "none changes it: no training decides it" : "not studied at this scale";
}

/** The same, and in how many combinations of readings the claim is satisfied. */
export const underReadings = (row: CheckedClaim): string =>
  row.universes ? `${turnsOf(row)}; ${inReadingsText(row.universes)}` : turnsOf(row);

/** Which controls the claim was put to, and which of them could have failed. */
export function controlsText({ controls: findings, verdict }: CheckedClaim): string {
  if (findings.length === 0) return "untested: no control can make it fail";
  if (verdict === "not measurable here") return "put to none: it is not measured";
  return findings
    .map(({ control, verdict, couldFail }) => {
      if (verdict === null) return `${control}: not computed`;
      return `${control}: ${verdict}${couldFail ? "" : " (could not have failed)"}${controls[control].keeps ? " (has to hold)" : ""}`;
    })
    .join("; ");
}

/** claims.json of a result set: every claim with its verdict, what was measured, and the words of its evidence. */
export const claimsDocument = (checked: readonly CheckedClaim[], { evidence, notCheckable }: Registry): object => ({
  scope: checked[0]?.scope,
  claims: checked.map(({ claim, verdict, because, measured, controls: findings, turns, universes, significance }) => ({
    ...claim,
    evidence: evidence[claim.evidence],
    verdict,
    because,
    measured: measured ?? null,
    findings,
    turns: turns ?? null,
    universes: universes ?? null,
    significance: significance ?? null,
  })),
  notCheckable,
});

/** The verdict table as Markdown. */
export function verdictMarkdown(checked: readonly CheckedClaim[]): string {
  const row = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [heading, ...rows] = verdictTable(checked);
  return [row(heading), row(heading.map(() => "---")), ...rows.map(row)].join("\n");
}

/**
 * summary.md of a result set: whether all is as expected, the verdicts as a table, then for each claim the paper's words, why the
 * verdict, its controls, and the readings under which it turns; last the sentences that were judged not checkable.
 */
export function summaryMarkdown(
  checked: readonly CheckedClaim[],
  { evidence, notCheckable }: Registry,
  expectation: string,
): string {
  const details = checked.map((row) => {
    const { claim, verdict, because, significance } = row;
    const facts = [
      `Readings: ${underReadings(row)}.`,
      `Controls: ${controlsText(row)}.`,
      ...(significance ? [`p = ${short(significance.p)}, false discovery rate ${short(significance.q)}.`] : []),
    ];
    return `### ${claim.id}: ${verdict}\n\n${placeText(claim.section)}: “${claim.quote}”\n\n${claim.reading} ${sentence(because)}\n\n${facts.join(" ")}\n`;
  });
  return [
    "# Claims\n",
    `${verdictCounts(checked)}.\n`,
    `${discoveryText(checked)}. ${spreadText}\n`,
    `${expectation}\n`,
    ...Object.values(evidence).map((text) => `${text}\n`),
    verdictMarkdown(checked),
    "\n## Each claim\n",
    ...details,
    "## Sentences judged not checkable\n",
    ...notCheckable.map(({ section, quote, why }) => `- ${placeText(section)}: “${quote}” ${why}`),
  ].join("\n");
}

/** "§6.1", "Abstract", "Figure 1". */
export const placeText = (section: string): string => (/^\d/.test(section) ? `§${section}` : section);

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
