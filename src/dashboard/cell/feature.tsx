import { fateSentences } from "../fate.js";
import type { Dashboard, FeatureNumbers, LogitEffect, Neighbour } from "../feature.js";
import { numeral, percent } from "../numerals.js";
import type { DashboardContent } from "../page-data.js";
import { sequenceTexts } from "../sequence-texts.js";
import { tokenTexts } from "../token-text.js";
import { Bar, Counts, Quiet, Shaded, Table, Word } from "./parts.js";

/** How many texts a cell shows of a feature. */
const textsShown = 10;

/** One feature below a cell, without style sheet and script. */
export const FeatureCell = ({ content, feature }: { content: DashboardContent; feature: FeatureNumbers }) => {
  const { dashboard, bytesOf } = content;
  const effects = (list: LogitEffect[]): preact.ComponentChildren[] =>
    list.flatMap(({ token, value }, i) => [
      i > 0 && ", ",
      <Word text={tokenTexts([token], bytesOf)[0]} />,
      <Quiet> {numeral(value)}</Quiet>,
    ]);
  return (
    <div>
      <p style={{ margin: "0 0 4px" }}>
        <b>Feature {feature.feature}</b> <Quiet>{dashboard.title}</Quiet>
      </p>
      <Table
        rows={[
          ["Fires on", `${percent(feature.frequency)} of ${dashboard.tokens} tokens`],
          ["Mean f where it fires", feature.meanWhereActive === null ? "–" : numeral(feature.meanWhereActive)],
          ["Largest f", numeral(feature.largest)],
          ["Encoder · decoder", numeral(feature.encoderDecoder)],
          ["Nearest by direction", neighbours(feature.nearestDecoder)],
          ["Nearest by activation", neighbours(feature.nearestActivation)],
          ...(feature.raised.length > 0
            ? [
                ["Raises most", effects(feature.raised)],
                ["Lowers most", effects(feature.lowered)],
              ]
            : []),
          ["In training", fateSentences(feature).join(" ")],
          ...(feature.frequency > 0 ? [["f, log scale", <Counts counts={feature.histogram} />]] : []),
        ]}
      />
      {feature.frequency > 0 && <Sources dashboard={dashboard} feature={feature} />}
      <Texts content={content} feature={feature} />
    </div>
  );
};

const neighbours = (near: Neighbour[]): string =>
  near.map(({ feature, value }) => `${feature} (${value.toFixed(2).replace("-", "−")})`).join(", ") || "none";

const Sources = ({ dashboard, feature }: { dashboard: Dashboard; feature: FeatureNumbers }) => {
  const widest = Math.max(...feature.sourceShares);
  return (
    <Table
      head={["Source", "share of Σf", "", "of tokens"]}
      rows={dashboard.sources.map((source, i) => [
        source,
        <Bar share={feature.sourceShares[i]} widest={widest} />,
        percent(feature.sourceShares[i]),
        <Quiet>{percent(dashboard.tokenShares[i])}</Quiet>,
      ])}
    />
  );
};

const Texts = ({
  content: { dashboard, bytesOf },
  feature,
}: {
  content: DashboardContent;
  feature: FeatureNumbers;
}) => {
  const texts = sequenceTexts({ ...dashboard, features: [feature] }, bytesOf);
  return (
    <Table
      head={feature.top.length > 0 ? ["f", "source", "strongest tokens"] : undefined}
      rows={feature.top.slice(0, textsShown).map((excerpt) => {
        const { source, texts: whole } = texts.list[texts.indexOf(excerpt.sequence)];
        const shown = whole.slice(excerpt.from, excerpt.from + excerpt.tokens.length);
        return [
          numeral(excerpt.activations[excerpt.position - excerpt.from] ?? 0),
          <Quiet>{dashboard.sources[source]}</Quiet>,
          <Shaded excerpt={excerpt} texts={shown} largest={feature.largest} />,
        ];
      })}
    />
  );
};
