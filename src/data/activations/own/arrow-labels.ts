import type { FileHandle } from "node:fs/promises";
import { type Data, DataType, makeData, Vector } from "apache-arrow";
import { readRange } from "../../../model/tensor-file.js";
import type { ArrowLayout, BatchLayout, ColumnLayout } from "./arrow-layout.js";
import { understood } from "./arrow-messages.js";
import { type Labels, refusal, withFile, writeAgain } from "./vector-file.js";

export const isText = (type: DataType): boolean =>
  DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type) || isDictionaryOf(type, isText);

/** Texts, whole numbers, or a dictionary of either. */
export const isLabel = (type: DataType): boolean =>
  isText(type) || DataType.isInt(type) || isDictionaryOf(type, isLabel);

const isDictionaryOf = (type: DataType, isOf: (type: DataType) => boolean): boolean =>
  DataType.isDictionary(type) && isOf(type.dictionary);

/** Reads one column of labels, batch by batch. Throws where a row has none. */
export function readLabels(file: string, { schema, batches }: ArrowLayout, field: number): Promise<Labels> {
  const { name, type } = schema.fields[field];
  return withFile(file, async (handle) => {
    const codes = new Int32Array(batches.reduce((sum, { rows }) => sum + rows, 0));
    const codeOf = new Map<Label, number>();
    let row = 0;
    for (const batch of batches) {
      const labelAt = await labelsOf({ file, handle, dictionaries: batch.dictionaries }, type, batch.columns[field]);
      for (let i = 0; i < batch.rows; i++, row++) {
        const label = labelAt(i);
        if (label === null) throw refusal(file, `a value of ${name} in every row`, `none in row ${row}`, writeAgain);
        if (!codeOf.has(label)) codeOf.set(label, codeOf.size);
        codes[row] = codeOf.get(label)!;
      }
    }
    return { names: [...codeOf.keys()], codes };
  });
}

type Label = string | number | bigint;

interface Place {
  file: string;
  handle: FileHandle;
  dictionaries: BatchLayout["dictionaries"];
}

/** A column's label in row i of a batch, or null. Not by the library's own dictionaries: it has none for 64-bit indices. */
async function labelsOf(place: Place, type: DataType, column: ColumnLayout): Promise<(i: number) => Label | null> {
  if (!DataType.isDictionary(type)) {
    const values = await vectorOf(place, type, column);
    return (i) => understood(place.file, () => values.get(i) ?? null);
  }
  const indices = await vectorOf(place, type.indices, column);
  const names: (Label | null)[] = [];
  for (const part of place.dictionaries.get(type.id) ?? []) {
    const nameAt = await labelsOf(place, type.dictionary, part);
    for (let i = 0; i < part.nodes[0].length; i++) names.push(nameAt(i));
  }
  return (i) => {
    const index = indices.get(i);
    if (index !== null && !(index >= 0 && index < names.length))
      throw refusal(place.file, `a dictionary of ${names.length} labels`, `label ${index} of it`, writeAgain);
    return index === null ? null : names[Number(index)];
  };
}

/** A column's values in a batch as the library has them. */
async function vectorOf({ file, handle }: Place, type: DataType, { nodes, buffers }: ColumnLayout): Promise<Vector> {
  const bytes: Uint8Array[] = [];
  for (const buffer of buffers) bytes.push(await readRange(handle, file, buffer.at, buffer.bytes));
  const [validity, ...values] = bytes;
  const [{ length, nullCount }] = nodes;
  const parts = DataType.isUtf8View(type)
    ? { views: values[0], variadicBuffers: values.slice(1) }
    : DataType.isInt(type)
      ? { data: values[0] }
      : { valueOffsets: values[0], data: values[1] };
  const nullBitmap = nullCount > 0 ? validity : undefined;
  const props = { type, length, nullCount, nullBitmap, ...parts };
  return new Vector([understood(file, () => makeData(props as never) as Data)]);
}
