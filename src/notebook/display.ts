import { createRequire } from "node:module";
import { kernelHook } from "./tslab/kernel-hook.js";

interface DisplayContent {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}
type Writer = (content: DisplayContent, update: boolean) => void;

const shownIds = new Set<string>();

/** Stock tslab, without our launcher, offers its internal writer. */
function stockWriter(): Writer | null {
  try {
    const jupyter = createRequire(__filename)("tslab/dist/jupyter") as { lastWriteDisplayData: Writer | null };
    return jupyter.lastWriteDisplayData;
  } catch {
    return null; // tslab is not installed here, so this is no kernel of its
  }
}

/**
 * Shows one thing in several mime types (the front end takes the richest it knows); with a display id, showing the same
 * id again replaces it. Outside a kernel the plain text is printed.
 */
export function displayBundle(
  data: Record<string, unknown>,
  metadata: Record<string, unknown> = {},
  displayId?: string,
): void {
  const content = { data, metadata, transient: displayId === undefined ? {} : { display_id: displayId } };
  const update = displayId !== undefined && shownIds.has(displayId);
  if (displayId !== undefined) shownIds.add(displayId);
  const hook = kernelHook();
  const writer = hook ? null : stockWriter();
  if (hook) hook.publish(update ? "update_display_data" : "display_data", { ...content });
  else if (writer) writer(content, update);
  else console.log(data["text/plain"] ?? `[${Object.keys(data).join(", ")}]`);
}

/** Clears the cell's output: at once, or with the next output that comes. Outside a kernel nothing happens. */
export function clearOutput(wait = false): void {
  kernelHook()?.publish("clear_output", { wait });
}
