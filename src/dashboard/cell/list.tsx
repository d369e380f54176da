import { percent } from "../numerals.js";
import { type DashboardContent, pageTraining } from "../page-data.js";
import { Quiet, Table, Word } from "./parts.js";

/** The first features of a training below a cell, and where all are. */
export const ListCell = ({ content, count, hint }: { content: DashboardContent; count: number; hint: string }) => {
  const { dashboard, bytesOf } = content;
  const features = dashboard.features.slice(0, count);
  const page = pageTraining({ dashboard: { ...dashboard, features }, bytesOf });
  return (
    <div>
      <p style={{ margin: "0 0 4px" }}>
        <b>{dashboard.title}</b>{" "}
        <Quiet>
          {features.length} of {dashboard.features.length} features, on {dashboard.tokens} tokens
        </Quiet>
      </p>
      <Table
        head={["No.", "strongest tokens", "fires on", "source", "fate", "nearest"]}
        rows={page.features.map(({ feature, label, frequency, sourceShares, fate, nearestDecoder }) => [
          feature,
          label.flatMap((text, i) => [i > 0 && "  ", <Word text={text} />]),
          percent(frequency),
          frequency > 0 ? dashboard.sources[sourceShares.indexOf(Math.max(...sourceShares))] : "–",
          fate.short,
          nearestDecoder.length > 0 ? nearestDecoder[0][1].toFixed(2).replace("-", "−") : "–",
        ])}
      />
      <Quiet>{hint}</Quiet>
    </div>
  );
};
