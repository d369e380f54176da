import { SncError } from "../base/errors.js";

/** Throws unless the rows of a figure are of one layer: curves of two would be drawn as one. */
export function requireOneLayer(figure: string, rows: readonly { layer: number }[]): void {
  const layers = [...new Set(rows.map((row) => row.layer))];
  if (layers.length === 1) return;
  const found = layers.length === 0 ? "no rows" : `layers ${layers}`;
  throw new SncError("input", `${figure}: expected rows of one layer, found ${found}`);
}
