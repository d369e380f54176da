import { groupBy } from "../../base/group-by.js";
import { discoveryText, placeText, spreadText, verdictCounts } from "../../claims/report.js";
import { testOf } from "../../claims/tests.js";
import { type Verdict, verdictNames } from "../../claims/verdict.js";
import type { ReportContent } from "../content.js";
import { Badge, Sign, verdictClass, verdictMeanings } from "./badge.js";
import { TestRows } from "./claim-row.js";
import { counted } from "./numbers.js";

/** How many claims have each verdict: a bar, and buttons that filter the table once the script has enabled them. */
export function Counts({ claims }: Pick<ReportContent, "claims">) {
  const withVerdict = (verdict: Verdict) => claims.filter((row) => row.verdict === verdict);
  const countOf = (verdict: Verdict): number => withVerdict(verdict).length;
  const centralOf = (verdict: Verdict): number =>
    withVerdict(verdict).filter(({ claim }) => claim.weight === "central").length;
  return (
    <div class="counts">
      <svg
        class="proportions"
        viewBox={`0 0 ${claims.length} 1`}
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        {verdictNames.map((verdict, i) => (
          <rect
            class={verdictClass(verdict)}
            x={verdictNames.slice(0, i).reduce((sum, earlier) => sum + countOf(earlier), 0)}
            width={countOf(verdict)}
            height={1}
          />
        ))}
      </svg>
      <ul>
        {verdictNames.map((verdict) => (
          <li>
            <button
              type="button"
              class={`count ${verdictClass(verdict)}`}
              data-verdict={verdict}
              aria-pressed="false"
              disabled
            >
              <strong>{countOf(verdict)}</strong>
              <span>
                <Sign verdict={verdict} />
                {verdict}
              </span>
              <small>{centralOf(verdict)} central</small>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How much of the paper rests on a sentence. */
const weights = ["central", "supporting", "detail"];

const columns = [
  "Claim, as the paper says it",
  "Verdict",
  "Paper states",
  "Measured, mean ± sd over seeds",
  "95 % interval",
  "Seeds",
  "By chance",
];

/** Every claim with its verdict, those of one test together, in the order of the paper's first mention; sorted and filtered by assets/report/table.js. */
export function Verdicts({ claims }: Pick<ReportContent, "claims">) {
  const tests = [...groupBy(claims, ({ claim, verdict }) => `${testOf(claim)} ${verdict}`).values()];
  const sections = [...new Set(claims.map(({ claim }) => claim.section))];
  return (
    <section id="verdicts" aria-labelledby="verdicts-title">
      <h2 id="verdicts-title">Every claim and its verdict</h2>
      <p>
        {verdictCounts(claims)}. {discoveryText(claims)}. {spreadText}
      </p>
      <p>
        A sentence is <span class="central">central</span> if the abstract, the contributions or the conclusions rest on
        it. In this report “±” is the standard deviation over seeds; a 95 % t interval stands as “from to”, a tolerance
        as “within”.
      </p>
      <form class="filters" hidden>
        <label>
          <span>Words</span>
          <input type="search" name="text" placeholder="quote, run, quantity…" autocomplete="off" />
        </label>
        <label>
          <span>Section</span>
          <select name="section">
            <option value="">all sections</option>
            {sections.map((section) => (
              <option value={section}>{placeText(section)}</option>
            ))}
          </select>
        </label>
        <label>
          <span>Verdict</span>
          <select name="verdict">
            <option value="">all verdicts</option>
            {verdictNames.map((verdict) => (
              <option value={verdict}>{verdict}</option>
            ))}
          </select>
        </label>
        <label>
          <span>Weight</span>
          <select name="weight">
            <option value="">all weights</option>
            {weights.map((weight) => (
              <option value={weight}>{weight}</option>
            ))}
          </select>
        </label>
        <button type="reset">Show all</button>
        <p class="shown" role="status">
          {claims.length} of {claims.length} claims, in {counted(tests.length, "test")}
        </p>
      </form>
      <Legend />
      <table class="claims">
        <caption class="for-readers-of-screens">Claims of the paper with what was measured</caption>
        <thead>
          <tr>
            {columns.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        {tests.map((rows, i) => (
          <TestRows rows={rows} place={i} />
        ))}
      </table>
      <p class="nothing" hidden>
        No claim fits these filters.
      </p>
    </section>
  );
}

const Legend = () => (
  <details class="legend">
    <summary>What the verdicts and the small pictures mean</summary>
    <dl>
      {verdictNames.map((verdict) => (
        <>
          <dt>
            <Badge verdict={verdict} />
          </dt>
          <dd>{verdictMeanings[verdict]}</dd>
        </>
      ))}
    </dl>
    <p>
      In the pictures the shaded band is what the paper claims, the dot the measured mean, the line its 95 % t interval,
      each small stroke a seed, and the triangle what features that have nothing to do with each other would give. Where
      runs are put in order, each dot is labelled with its runs: the claim is that they stand from left to right as
      stated.
    </p>
  </details>
);
