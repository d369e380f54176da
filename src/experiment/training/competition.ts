import { SncError } from "../../base/errors.js";
import { describedRule } from "../../mechanisms/by-name.js";
import { keepAll } from "../../mechanisms/keep.js";
import { type Competition, describe } from "../../method.js";

/** What stood for what is kept before there was a choice. */
const everything = describe({ keep: keepAll }).keep;

/**
 * The competition of a method that `describe` has printed. Throws a usage error for a rule that is not this package's; `how` says
 * how to give it.
 */
export function describedCompetition(printed: Record<string, unknown>, how: string): Competition {
  const { inhibit, neighbours, keep = everything } = printed;
  try {
    return {
      inhibit: describedRule("inhibit", inhibit),
      neighbours: describedRule("neighbours", neighbours),
      keep: describedRule("keep", keep),
    };
  } catch (error) {
    if (!(error instanceof SncError)) throw error;
    throw new SncError(error.failure, `${error.message}. Give the method that it was trained with: ${how}`);
  }
}
