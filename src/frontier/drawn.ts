import type { Figure } from "../figures/figure.js";
import { type FrontierRow, frontierFigure } from "../figures/frontier.js";
import type { Frontier } from "./document.js";
import { commonL0 } from "./equal-l0.js";
import { frontierMethods, isPaperLevel } from "./levels.js";
import { answersOf, methodsOf } from "./tables.js";

/** The points as the figure takes them: methods in the order of `methodsOf`. */
const frontierRows = ({ points, d_sae }: Pick<Frontier, "points" | "d_sae">): FrontierRow[] =>
  methodsOf({ points, d_sae }).flatMap((method) =>
    points
      .filter((point) => point.method === method)
      .flatMap(({ level, seed, l0, fractionVarianceExplained, nearestDecoderCosine }) =>
        fractionVarianceExplained === null || nearestDecoderCosine === null
          ? []
          : [
              {
                ...{ method, ...frontierMethods[method], level, isOfPaper: isPaperLevel(method, level), seed, l0 },
                ...{ fractionVarianceExplained, nearestDecoderCosine },
              },
            ],
      ),
  );

/** The figure of a frontier with its id, which is the name of its files. */
export function drawnFrontier(frontier: Frontier): { id: string; figure: Figure } {
  const { layer, modelName, steps, points, d_sae } = frontier;
  const seeds = new Set(points.map(({ seed }) => seed)).size;
  const scale = `${modelName}, layer ${layer}, ${d_sae} features, ${seeds} ${seeds === 1 ? "seed" : "seeds"}, ${steps} steps`;
  const options = { scale, answer: answersOf(frontier), comparedL0: commonL0(points, d_sae) };
  return { id: `${frontierFigureName}-layer-${layer}`, figure: frontierFigure(frontierRows(frontier), options) };
}

/** What the ids of these figures begin with. */
export const frontierFigureName = "frontier";
