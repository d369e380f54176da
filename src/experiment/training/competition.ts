import { SncError } from "../../base/errors.js";
import { describedRule } from "../../mechanisms/by-name.js";
import type { Competition } from "../../method.js";

/**
 * The competition of a method that `describe` has printed. Throws a usage error for a rule that is not this package's; `how` says
 * how to give it.
 */
export function describedCompetition({ inhibit, neighbours }: Record<string, unknown>, how: string): Competition {
  try {
    return { inhibit: describedRule("inhibit", inhibit), neighbours: describedRule("neighbours", neighbours) };
  } catch (error) {
    if (!(error instanceof SncError)) throw error;
    throw new SncError(error.failure, `${error.message}. Give the method that it was trained with: ${how}`);
  }
}
