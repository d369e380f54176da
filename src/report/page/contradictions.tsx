import { groupBy } from "../../base/group-by.js";
import { placeText } from "../../claims/report.js";
import type { ReportContent } from "../content.js";
import { Quote } from "./quote.js";

/** Where the paper contradicts itself, or a published fact contradicts it: each calculation once, with the sentences it decides. */
export function Contradictions({ claims }: Pick<ReportContent, "claims">) {
  const contradictory = claims.filter(
    ({ verdict }) => verdict === "self-contradictory" || verdict === "contradicted by a published fact",
  );
  const groups = groupBy(contradictory, ({ because }) => because);
  return (
    <section id="contradictions" aria-labelledby="contradictions-title">
      <h2 id="contradictions-title">Where the paper contradicts itself, or what is published</h2>
      {groups.size === 0 && <p>None of these claims.</p>}
      {[...groups].map(([calculation, rows]) => (
        <article>
          <p class="calculation">{calculation}</p>
          <ul>
            {rows.map(({ claim }) => (
              <li>
                {placeText(claim.section)}: <Quote>{claim.quote}</Quote>{" "}
                <a class="where" href={`#claim-${claim.id}`}>
                  {claim.id}
                </a>
              </li>
            ))}
          </ul>
        </article>
      ))}
      <h3 id="source">What is known of the paper's own runs</h3>
      <ul>
        {[...new Set(claims.map(({ claim }) => claim.evidence))].map((evidence) => (
          <li>{evidence}</li>
        ))}
      </ul>
    </section>
  );
}
