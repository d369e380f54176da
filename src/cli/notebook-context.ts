import type { ResultSet } from "../experiment/results/result-set.js";
import type { PartsContext } from "../notebook/plan/parts.js";

/** What the planner has to be told of this package's notebooks: what lies in the result set, and what computes. */
export function notebookContext(resultSet: () => Promise<ResultSet>): PartsContext {
  let set: Promise<ResultSet> | undefined;
  return {
    async artifactHash(artifact, parameters) {
      set ??= resultSet();
      const { artifactHash } = await import("../experiment/results/artifacts.js");
      return artifactHash(await set, artifact, parameters);
    },
    async backend() {
      const { chooseBackend } = await import("../backend/choose.js"); // seconds, and for notebooks that use it alone
      const { name, version, device } = await chooseBackend();
      return `${name} ${version} on ${device}`;
    },
  };
}

/** The result set that notebooks with these parameters work on, by the profile and readings they name or default to. */
export async function resultSetFor({
  profile = "default",
  readings = {},
}: Record<string, unknown>): Promise<ResultSet> {
  const { resolveGiven } = await import("../experiment/named.js");
  const given = { profile: String(profile), readings: readings as Record<string, string> };
  return (await resolveGiven(given)).resultSet;
}
