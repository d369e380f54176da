import type { Figure } from "../figures/figure.js";
import { type KnownFeatureRow, knownFeaturesFigure } from "../figures/known-features.js";
import type { KnownFeatures, KnownPoint } from "./document.js";
import { knownMethods, sparserBy } from "./methods.js";
import { answerOf, cellsOfTrueWidth, cellTitle, type KnownCell } from "./tables.js";

/** What a panel shows of a cell. */
interface Panel {
  cell: KnownCell;
  quantity: "recovered" | "f1";
  heading: string;
}

/** The figure of a study with its id, which is the name of its files: who finds the true features, and who tells when they fire. */
export function drawnKnownFeatures(known: KnownFeatures): { id: string; figure: Figure } {
  const { world, trueL0 } = known;
  const { d_in, features } = world.size;
  const panels = panelsOf(cellsOfTrueWidth(known));
  const bounds = panels.map(({ cell, quantity }) =>
    quantity === "recovered"
      ? []
      : cell.points.filter(({ method }) => method === "readout-threshold").map((point) => point.f1 ?? 0),
  );
  const rows = panels.flatMap(({ cell, quantity }, panel) =>
    cell.points.flatMap((point) => rowOf(point, { panel, value: point[quantity] })),
  );
  return {
    id: "known-features",
    figure: knownFeaturesFigure(rows, {
      headings: panels.map(({ heading }) => heading),
      scale: `${features} true features in ${d_in} dimensions`,
      answer: answerOf(known),
      ...{ trueL0, bounds },
    }),
  };
}

/** Features found after each length of training, then how well their firing is detected after the longest. */
function panelsOf(cells: readonly KnownCell[]): Panel[] {
  const found = cells.map((cell) => ({
    cell,
    quantity: "recovered" as const,
    heading: `Share of true features found: ${cellTitle(cell)}`,
  }));
  const longest = cells.slice(-1).map((cell) => ({
    cell,
    quantity: "f1" as const,
    heading: `Firing told from the feature, mean F1: ${cellTitle(cell)}`,
  }));
  return [...found, ...longest];
}

function rowOf(point: KnownPoint, { panel, value }: { panel: number; value: number | null }): KnownFeatureRow[] {
  const { method, l0 } = point;
  if (value === null || method === "readout" || method === "readout-threshold") return [];
  const { label, kind, run } = knownMethods[method];
  return [
    {
      series: run === undefined ? label : `Run ${run}`,
      kind: run !== undefined ? "paper" : kind === "method" ? "method" : "floor",
      ...(run !== undefined && { run }),
      level: kind === "sparse" ? `λ₁ × ${sparserBy}` : "",
      isOfPaper: kind === "paper",
      ...{ panel, l0, value },
    },
  ];
}
