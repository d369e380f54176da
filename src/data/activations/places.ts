import { columnValues, readArrowFile } from "../../base/arrow-file.js";
import { requireRecorded } from "../../base/recorded.js";
import type { TokenSequences } from "../texts/tokens.js";
import { madeByCapture, remake } from "./activation-file.js";

/** Which token each of some vectors belongs to: one value of each a vector. */
export interface TokenPlaces {
  /** Index into the names of the sources. */
  source: Int8Array;
  /** Place among the token sequences, and in the sequence, both from 0. */
  sequence: Int32Array;
  position: Int16Array;
  token: Int32Array;
}

/** The texts behind a layer's vectors, those of training and of test in the order that `Activations` has them in. */
export interface LayerTexts {
  /** The model's file or folder. */
  model: string;
  tokens: TokenSequences;
  train: TokenPlaces;
  test: TokenPlaces;
}

/** Which tokens the vectors of a layer's file belong to, for training (0) and test (1). */
export async function readPlaces(file: string): Promise<[train: TokenPlaces, test: TokenPlaces]> {
  await requireRecorded(file, madeByCapture(file));
  const batches = await readArrowFile(file, remake, async (open) => {
    const read: (TokenPlaces & { split: Int8Array })[] = [];
    for await (const batch of open.batches()) {
      const column = <T extends Int8Array | Int16Array | Int32Array>(name: string): T => columnValues<T>(batch, name);
      read.push({
        source: column<Int8Array>("source").slice(),
        sequence: column<Int32Array>("sequence").slice(),
        position: column<Int16Array>("position").slice(),
        token: column<Int32Array>("token").slice(),
        split: column<Int8Array>("split").slice(),
      });
    }
    return read;
  });
  return [placesIn(batches, 0), placesIn(batches, 1)];
}

function placesIn(batches: readonly (TokenPlaces & { split: Int8Array })[], split: number): TokenPlaces {
  const values = (name: keyof TokenPlaces): number[][] =>
    batches.map((batch) => Array.from(batch[name]).filter((_, i) => batch.split[i] === split));
  return {
    source: Int8Array.from(values("source").flat()),
    sequence: Int32Array.from(values("sequence").flat()),
    position: Int16Array.from(values("position").flat()),
    token: Int32Array.from(values("token").flat()),
  };
}
