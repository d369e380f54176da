import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { SncError } from "../base/errors.js";
import { readJson } from "../base/files.js";
import { type Figure, titleOf } from "../figures/figure.js";
import { savedFigureProblem, savedFigures } from "../figures/saved.js";
import { summarize } from "../figures/summary.js";

/** A figure as it lies in a result set. */
export interface ReportedFigure {
  id: string;
  /** null where it is of no layer, or of several. */
  layer: number | null;
  title: string;
  /** In one line: traces, and the range of each axis. */
  summary: string;
  figure: Figure;
  svg: string;
  /** The forms in which it lies in figures/, by the ends of their names. */
  forms: readonly string[];
}

const schema = z.object({
  data: z.array(z.looseObject({ type: z.string() })),
  layout: z.looseObject({ width: z.number(), height: z.number() }),
});

/** The figures of the paper first, in its order; any other after them, by name. */
const order = ["training-loss", "feature-usage", "sparsity-over-training", "per-run", "control-traces"];

/** The figures of a result set, by layer. Throws where one is missing a file, or blank. */
export async function reportedFigures(resultSet: string): Promise<ReportedFigure[]> {
  const folder = path.join(resultSet, "figures");
  const ids = (await savedFigures(folder)).map(placeOf).sort((a, b) => a.layer - b.layer || a.rank - b.rank);
  return Promise.all(
    ids.map(async ({ id, layer }) => {
      const problem = await savedFigureProblem(folder, id);
      if (problem) throw new SncError("claim", problem);
      const figure = schema.parse(await readJson(path.join(folder, `${id}.plotly.json`))) as Figure;
      return {
        id,
        layer: layer === last ? null : layer,
        title: titleOf(figure),
        summary: summarize(figure),
        figure,
        svg: await readFile(path.join(folder, `${id}.svg`), "utf8"),
        forms: ["svg", "png", "plotly.json", "html"],
      };
    }),
  );
}

/** Figures of no layer, or of several, come last. */
const last = Number.MAX_SAFE_INTEGER;

function placeOf(id: string) {
  const [, name, layer] = /^(.*?)(?:-layer-(\d+))?$/.exec(id)!;
  const rank = order.indexOf(name);
  return {
    id,
    layer: layer === undefined ? last : Number(layer),
    rank: rank < 0 ? order.length : rank,
  };
}
