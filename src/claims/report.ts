import { type CheckedClaim, runsText, short, type Verdict } from "./check.js";
import type { Claim, Registry } from "./claim.js";

export const verdicts = [
  "holds",
  "differs",
  "inconclusive",
  "self-contradictory",
  "not measurable here",
] as const satisfies readonly Verdict[];

/** What the paper states, in a few characters. */
export function statedText(claim: Claim): string {
  switch (claim.kind) {
    case "close":
      return `${claim.stated} ± ${claim.tolerance}`;
    case "bound":
      return `${claim.over ? `${claim.over} ` : ""}${claim.operator} ${claim.value}`;
    case "order":
      return `Runs ${claim.order.map(runsText).join(" < ")}${claim.stated ? `, ${claim.stated.values.join(", ")}` : ""}`;
    case "exact":
      return `= ${claim.value}`;
    case "statement":
      return claim.stated === undefined ? "–" : String(claim.stated);
  }
}

/** The measured mean with half its 95 % t interval; of an order claim the means of its groups. */
function measuredText({ measured }: CheckedClaim): string {
  if (!measured) return "–";
  if (measured.groups) return measured.groups.map(({ mean }) => short(mean)).join(", ");
  const { mean, interval } = measured;
  return interval ? `${short(mean)} ± ${short(interval.high - mean)}` : short(mean);
}

/** The verdict table: a heading, then one row per claim. */
export const verdictTable = (checked: readonly CheckedClaim[]): string[][] => [
  ["claim", "paper", "measured", "by chance", "seeds", "verdict"],
  ...checked.map((row) => [
    row.claim.id,
    statedText(row.claim),
    measuredText(row),
    row.measured?.byChance == null ? "–" : short(row.measured.byChance),
    row.measured ? String(row.measured.n) : "–",
    row.verdict,
  ]),
];

/** How many claims have each verdict, and at which scale: "3 hold, …". */
export function verdictCounts(checked: readonly CheckedClaim[]): string {
  const counts = verdicts.map((verdict) => `${checked.filter((row) => row.verdict === verdict).length} ${verdict}`);
  return `${checked.length} claims ${checked[0]?.scope.text ?? ""}: ${counts.join(", ")}`;
}

/** claims.json of a result set: every claim with its verdict, what was measured, and the words of its evidence. */
export const claimsDocument = (checked: readonly CheckedClaim[], { evidence }: Registry): object => ({
  scope: checked[0]?.scope,
  claims: checked.map(({ claim, verdict, because, measured }) => ({
    ...claim,
    evidence: evidence[claim.evidence],
    verdict,
    because,
    measured: measured ?? null,
  })),
});

/** The verdict table as Markdown. */
export function verdictMarkdown(checked: readonly CheckedClaim[]): string {
  const row = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [heading, ...rows] = verdictTable(checked);
  return [row(heading), row(heading.map(() => "---")), ...rows.map(row)].join("\n");
}

/** summary.md of a result set: whether all is as expected, the verdicts as a table, then for each claim the paper's words and why the verdict. */
export function summaryMarkdown(checked: readonly CheckedClaim[], { evidence }: Registry, expectation: string): string {
  const details = checked.map(
    ({ claim, verdict, because }) =>
      `### ${claim.id}: ${verdict}\n\n§${claim.section}: “${claim.quote}”\n\n${claim.reading} ${sentence(because)}\n`,
  );
  return [
    "# Claims\n",
    `${verdictCounts(checked)}.\n`,
    `${expectation}\n`,
    ...Object.values(evidence).map((text) => `${text}\n`),
    verdictMarkdown(checked),
    "\n## Each claim\n",
    ...details,
  ].join("\n");
}

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
