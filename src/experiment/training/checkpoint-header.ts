import { open } from "node:fs/promises";
import { z } from "zod";
import { type RecordedRun, recordedRunSchema } from "./folders.js";

/** What a checkpoint says of itself before the state: of which training it is, and how far that has come. */
export interface CheckpointHeader {
  /** The training's, as its run.json will have it. */
  key: string;
  run: RecordedRun;
  layer: number;
  seed: number;
  step: number;
  steps: number;
}

const schema: z.ZodType<CheckpointHeader> = z.object({
  key: z.string(),
  run: recordedRunSchema,
  layer: z.int(),
  seed: z.int(),
  step: z.int(),
  steps: z.int(),
});

/** A checkpoint begins with the sha256 of all that follows, in hex; the header is the line behind it. */
export const digestLength = 64;
/** More than a header has: a name has at most 64 letters. */
const longestHeader = 1024;

/** The header as the line that it is. */
export const headerLine = (header: CheckpointHeader): string => `${JSON.stringify(header)}\n`;

/** The header at the beginning of these bytes, and where what follows it begins; undefined where there is none. */
export function headerIn(bytes: Uint8Array): { header: CheckpointHeader; end: number } | undefined {
  const end = bytes.indexOf("\n".charCodeAt(0), digestLength);
  if (end < 0) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(bytes.subarray(digestLength, end)).toString()));
    return parsed.success ? { header: parsed.data, end: end + 1 } : undefined;
  } catch {
    return undefined; // no JSON: not a checkpoint, or one of an earlier version
  }
}

/** The header of a checkpoint file; undefined where it has none. What follows is not looked at. */
export async function readCheckpointHeader(file: string): Promise<CheckpointHeader | undefined> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(digestLength + longestHeader), 0);
    return headerIn(buffer.subarray(0, bytesRead))?.header;
  } finally {
    await handle.close();
  }
}
