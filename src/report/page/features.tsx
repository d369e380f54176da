import type { FeaturePages, FeaturesInShort } from "../../dashboard/pages.js";
import { evaluationTable, stabilityTable, varianceTable } from "../../evaluate/tables.js";
import type { ReportedFeatures } from "../features.js";
import { NumbersTable } from "./numbers-table.js";

/** What the features are worth, and a look at some of them. */
export const FeaturesChapter = ({ features: { evaluated, stability, pages } }: { features: ReportedFeatures }) => (
  <section id="features" aria-labelledby="features-title">
    <h2 id="features-title">What the features are</h2>
    {pages && <FewFeatures pages={pages} />}
    <p>
      Recovered is the share of what the model loses with zeros in place of its activations that the reconstruction
      gives back. A null stands in brackets: for directions as many random ones, for correlations the same features
      permuted over the tokens, for probing as many of the model's own coordinates. Means over seeds; ± is their
      standard deviation.
    </p>
    <NumbersTable title="What features are worth" rows={evaluationTable(evaluated)} />
    <NumbersTable title="Variance explained, by each definition in use" rows={varianceTable(evaluated)} />
    {stability.length > 0 && (
      <NumbersTable title="Features of one seed found again by another" rows={stabilityTable(stability)} />
    )}
  </section>
);

/** A few features of each training, and links to the pages of all. */
export const FewFeatures = ({ pages: { trainings, comparison } }: { pages: FeaturePages }) => (
  <>
    <p>
      Pages of all features:{" "}
      {trainings.map(({ title, page }, i) => (
        <>
          {i > 0 && ", "}
          <a href={page}>{title}</a>
        </>
      ))}
      {comparison !== null && (
        <>
          ; <a href={comparison}>both side by side</a>
        </>
      )}
      . The tables show six of each, evenly spaced in the order of how often they fire: not the prettiest.
    </p>
    {trainings.map((training) => (
      <NumbersTable title={`Six features of ${training.title}`} rows={rowsOf(training)} />
    ))}
  </>
);

const rowsOf = ({ features }: FeaturesInShort): string[][] => [
  ["feature", "fires on", "strongest on", "makes likelier", "most of it in"],
  ...features.map(({ feature, frequency, tokens, raised, source, sourceShare }) => [
    String(feature),
    percent(frequency),
    tokens.join(" · "),
    raised.join(" · "),
    `${source} (${percent(sourceShare)})`,
  ]),
];

const percent = (share: number): string => `${(100 * share).toPrecision(3)} %`;
