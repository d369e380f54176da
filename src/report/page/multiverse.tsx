import type { Claim } from "../../claims/claim.js";
import type { Multiverse } from "../../multiverse/document.js";
import { curveName } from "../../multiverse/drawn.js";
import { multiverseTables, progressText } from "../../multiverse/tables.js";
import type { ReportedFigure } from "../saved-figures.js";
import { FigureCard } from "./figures.js";
import { NumbersTable } from "./numbers-table.js";

/** Whether a figure stands in this chapter, and not among the others. */
export const isOfMultiverse = ({ id }: ReportedFigure): boolean => id.startsWith(`${curveName}-`);

interface ChapterProps {
  multiverse: Multiverse;
  claims: readonly Claim[];
  figures: ReportedFigure[];
}

/** Every reading at once: in how many universes each claim is satisfied, the curves of the central ones, and what decides. */
export const MultiverseChapter = ({ multiverse, claims, figures }: ChapterProps) => {
  const tables = multiverseTables(multiverse, claims).map(([title, rows]) => (
    <NumbersTable title={title} rows={plain(rows)} />
  ));
  return (
    <section id="multiverse" aria-labelledby="multiverse-title">
      <h2 id="multiverse-title">Every reading at once</h2>
      <p>
        A universe is one combination of the readings that the paper leaves open. {progressText(multiverse)}. A claim is
        satisfied where the point estimate of one seed is as the sentence says: that is less than a verdict.
      </p>
      {tables.slice(0, 1)}
      {figures.map((figure) => (
        <FigureCard shown={figure} />
      ))}
      {tables.slice(1)}
    </section>
  );
};

/** Without the marks of Markdown. */
const plain = (rows: string[][]): string[][] => rows.map((row) => row.map((cell) => cell.replaceAll("`", "")));
