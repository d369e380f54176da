import { SncError } from "../../base/errors.js";
import * as m from "../../mechanisms/index.js";
import type { Competition, Method } from "../../method.js";

/** A rule as `describe` prints it. */
type Described = { rule?: unknown; source?: unknown } & Record<string, unknown>;

const inhibitions: Record<string, (options: object) => Method["inhibit"]> = {
  noInhibition: () => m.noInhibition,
  winnerTakesAll: m.winnerTakesAll,
};
const neighbourhoods: Record<string, (options: object) => Method["neighbours"]> = {
  noNeighbours: () => m.noNeighbours,
  window: () => m.window,
  strongest: () => m.strongest,
  blocks: m.blocks,
  adaptiveWindow: m.adaptiveWindow,
};

/**
 * The competition of a method that `describe` has printed. Throws a usage error for a rule that is not this package's; `how` says
 * how to give it.
 */
export function describedCompetition(method: Record<string, unknown>, how: string): Competition {
  const made = <R>(slot: string, known: Record<string, (options: object) => R>): R => {
    const { rule, source: _, ...options } = (method[slot] ?? {}) as Described;
    if (typeof rule === "string" && Object.hasOwn(known, rule)) return known[rule](options);
    throw new SncError(
      "usage",
      `${slot}: expected a rule of this package (${Object.keys(known).join(", ")}), found ${String(rule)}. Give the ` +
        `method that it was trained with: ${how}`,
    );
  };
  return { inhibit: made("inhibit", inhibitions), neighbours: made("neighbours", neighbourhoods) };
}
