import type { Frontier } from "../../frontier/document.js";
import { frontierFigureName } from "../../frontier/drawn.js";
import { answerOf, commonL0Table, equalL0Table } from "../../frontier/tables.js";
import type { ReportedFigure } from "../saved-figures.js";
import { FigureCard } from "./figures.js";
import { NumbersTable } from "./numbers-table.js";

/** Whether a figure stands in this chapter, and not among the others. */
export const isOfFrontier = ({ id }: ReportedFigure): boolean => id.startsWith(`${frontierFigureName}-`);

/** Methods compared at equal sparsity: the answer, the figure, and the tables at equal L0. */
export const FrontierChapter = ({ frontier, figures }: { frontier: Frontier; figures: ReportedFigure[] }) => (
  <section id="frontier" aria-labelledby="frontier-title">
    <h2 id="frontier-title">Who reconstructs best at equal sparsity</h2>
    <p>{answerOf(frontier)}.</p>
    {figures.map((figure) => (
      <FigureCard shown={figure} />
    ))}
    <p>
      Each method is trained at several levels of sparsity. Values at an L0 are interpolated, over log L0, between a
      curve's two neighbours, seed by seed, and never beyond its ends. Means over seeds; ± is their standard deviation.
    </p>
    <NumbersTable title="Variance explained at equal L0, and the rank there" rows={equalL0Table(frontier)} />
    <NumbersTable
      title="All that is measured, at the L0 that the most curves reach; differences with 95 % intervals"
      rows={commonL0Table(frontier)}
    />
  </section>
);
