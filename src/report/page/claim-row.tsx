import type { ComponentChildren } from "preact";
import { readingsCell, statedText } from "../../claims/report.js";
import { verdictNames } from "../../claims/verdict.js";
import type { ReportedClaim } from "../content.js";
import { Badge } from "./badge.js";
import { ClaimDetails, Where } from "./claim-details.js";
import { intervalText, meanAndSd, numeral } from "./numbers.js";
import { Quote, readableQuote } from "./quote.js";
import { Strip } from "./strip.js";

/**
 * One distinct test: what is stated and measured, and below it what stands behind the verdict. Sentences that say the same as the
 * first, and so have its numbers, follow with their own words alone.
 */
export function TestRows({ rows, place }: { rows: readonly ReportedClaim[]; place: number }) {
  const [row, ...alike] = rows;
  const { claim, verdict, measured } = row;
  return (
    <tbody data-verdict={verdict}>
      <tr {...sentenceOf(row)}>
        <th scope="row" data-value={place}>
          <Quote>{claim.quote}</Quote>
        </th>
        <td data-value={verdictNames.indexOf(verdict)} class="verdict">
          <Badge verdict={verdict} />
          {row.universes && <span class="universes">in {readingsCell(row)} readings</span>}
        </td>
        <NumberCell label="Paper states" value={statedValue(row)} text={stated(row)} />
        <NumberCell label="Measured" value={measured?.mean} text={measuredText(row)}>
          <Strip claim={claim} measured={measured} />
        </NumberCell>
        <NumberCell label="95 % interval" value={measured?.interval?.low} text={intervals(row)} />
        <NumberCell label="Seeds" value={measured?.n} text={String(measured?.n ?? "–")} />
        <NumberCell
          label="By chance"
          value={measured?.byChance ?? undefined}
          text={measured?.byChance == null ? "–" : numeral(measured.byChance)}
        />
      </tr>
      <Behind row={row} />
      {alike.map((other) => (
        <>
          <tr {...sentenceOf(other)} class="alike">
            <td colSpan={columnCount}>
              <span class="where">The same test: </span>
              <Quote>{other.claim.quote}</Quote>
            </td>
          </tr>
          <Behind row={other} />
        </>
      ))}
    </tbody>
  );
}

/** Columns of the table of claims. */
const columnCount = 7;

/** What a sentence is linked to by, and found by. */
function sentenceOf({ claim }: ReportedClaim) {
  const runs = claim.runs.map((run) => `run ${run}`);
  const said = [claim.id, readableQuote(claim.quote), claim.unit, claim.quantity, claim.weight, ...runs];
  return {
    id: `claim-${claim.id}`,
    "data-section": claim.section,
    "data-weight": claim.weight,
    "data-text": said.join(" ").toLowerCase(),
  };
}

const Behind = ({ row }: { row: ReportedClaim }) => (
  <tr class="behind">
    <td colSpan={columnCount}>
      <div>
        <Where row={row} />
        <ClaimDetails row={row} />
      </div>
    </td>
  </tr>
);

interface NumberProps {
  label: string;
  value: number | undefined;
  text: string;
  children?: ComponentChildren;
}

/** A cell of numbers: `value` is what it is sorted by. */
const NumberCell = ({ label, value, text, children }: NumberProps) => (
  <td data-label={label} data-value={value} class={text === "–" ? "number none" : "number"}>
    <span>{text}</span>
    {children}
  </td>
);

/** What the paper states; an operator stays with its number. */
const stated = ({ claim }: ReportedClaim): string =>
  statedText(claim)
    .replaceAll("<=", "≤")
    .replaceAll(">=", "≥")
    .replace(/ ?([<>≤≥=]) /g, (_, operator, at) => `${at > 0 ? "\u00a0" : ""}${operator}\u00a0`);

function statedValue({ claim }: ReportedClaim): number | undefined {
  if (claim.kind === "bound" || claim.kind === "exact") return claim.value;
  return claim.kind === "close" || claim.kind === "statement" ? claim.stated : undefined;
}

/** Mean and standard deviation; of an order claim the mean of each group of runs. */
function measuredText({ measured }: ReportedClaim): string {
  if (!measured) return "–";
  return measured.groups ? measured.groups.map(({ mean }) => numeral(mean)).join(", ") : meanAndSd(measured);
}

/** The t interval; of an order claim that of each increase. */
function intervals({ measured }: ReportedClaim): string {
  if (!measured) return "–";
  if (!measured.increases) return intervalText(measured.interval);
  const known = measured.increases.filter(({ interval }) => interval !== null);
  return known.length === 0 ? "–" : `increase ${known.map(({ interval }) => intervalText(interval)).join(", ")}`;
}
