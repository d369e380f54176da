import { z } from "zod";
import type { Reporter } from "../../base/progress.js";
import type { ActivationSource } from "./source.js";

export const ownActivationsSchema = z.strictObject({
  files: z.array(z.strictObject({ layer: z.int().nonnegative(), file: z.string() })).nonempty(),
  column: z.string().optional(),
  splitColumn: z.string().optional(),
  documentColumn: z.string().optional(),
  testShare: z.number().optional(),
});
export type OwnActivations = z.infer<typeof ownActivationsSchema>;
export async function describeOwnActivations(
  _own: OwnActivations,
): Promise<{ d_in: number; hashes: Record<string, string>; counts: Record<string, number> }> {
  throw new Error("not yet");
}
export async function openOwnActivations(
  _own: OwnActivations,
  _options: { batchSize: number; firstPosition: "dropped" | "kept"; report?: Reporter; signal?: AbortSignal },
): Promise<ActivationSource> {
  throw new Error("not yet");
}
