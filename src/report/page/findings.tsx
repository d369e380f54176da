import type { ReportContent } from "../content.js";
import type { ReportedFigure } from "../saved-figures.js";
import { FigureCard } from "./figures.js";

/** Whether a figure stands in this chapter, and not among the others: Figure 1 of the layer that the findings are of. */
export const isOfFindings = ({ id }: ReportedFigure, layer: number): boolean => id === `training-loss-layer-${layer}`;

/** What was found, and Figure 1: what a reader sees before the table of claims. */
export const Findings = ({ content: { findings, figures, layer } }: { content: ReportContent }) => (
  <section id="findings" aria-labelledby="findings-title">
    <h2 id="findings-title">What was found</h2>
    {findings.length === 0 && <p>Nothing that this result set holds decides a central sentence.</p>}
    <ul class="findings">
      {findings.map((text) => (
        <li>{text}</li>
      ))}
    </ul>
    {figures
      .filter((figure) => isOfFindings(figure, layer))
      .map((figure) => (
        <FigureCard shown={figure} />
      ))}
  </section>
);
