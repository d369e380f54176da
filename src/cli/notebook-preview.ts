import type { PartsContext } from "../notebook/plan/parts.js";
import type { PlannedNotebook } from "../notebook/plan/plan.js";
import { table } from "./options.js";

/** What executing a plan would do with a notebook. */
export interface Preview {
  notebook: string;
  /** `depends`: unchanged so far, but it reads what a notebook before it may change. */
  action: "execute" | "skip" | "depends";
  reason: string;
  dependsOn: string[];
  /** What its last successful execution took; null where none is recorded. */
  estimateSeconds: number | null;
}

/** What would be executed of a plan, and why; executes nothing. */
export async function previewPlan(
  plan: readonly PlannedNotebook[],
  context: PartsContext,
  force: boolean,
): Promise<Preview[]> {
  const { decide } = await import("../notebook/plan/plan.js");
  const previews = new Map<string, Preview>();
  for (const notebook of plan) {
    const { execute, reason, earlier } = await decide(notebook, context, force);
    const before = notebook.dependsOn.filter((name) => previews.get(name)?.action !== "skip");
    const waits = !execute && before.length > 0;
    previews.set(notebook.name, {
      notebook: notebook.file,
      action: execute ? "execute" : waits ? "depends" : "skip",
      reason: waits ? `if ${before.join(", ")} changes what it reads` : reason,
      dependsOn: notebook.dependsOn,
      estimateSeconds: earlier?.seconds ?? null,
    });
  }
  return [...previews.values()];
}

/** Previews for people, with the time that the executions would take one after another. */
export function previewTable(previews: readonly Preview[]): string {
  const executed = previews.filter((preview) => preview.action !== "skip");
  const known = executed.flatMap(({ estimateSeconds }) => estimateSeconds ?? []);
  const unknown = executed.length - known.length;
  const about = `about ${known.reduce((sum, seconds) => sum + seconds, 0).toFixed(1)} s one after another`;
  const total = [
    ...(known.length > 0 ? [about] : []),
    ...(unknown > 0 ? [`no earlier time of ${unknown} of them`] : []),
  ].join(", ");
  const rows = previews.map(({ notebook, action, reason, estimateSeconds }) => [
    notebook,
    action,
    estimateSeconds === null ? "unknown" : `${estimateSeconds.toFixed(1)} s`,
    reason,
  ]);
  const heading = ["notebook", "would", "took", "why"];
  const summary = executed.length === 0 ? "nothing to execute" : `${executed.length} to execute: ${total}`;
  return `${table([heading, ...rows])}\n${summary}`;
}
