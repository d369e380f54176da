import type { FileHandle } from "node:fs/promises";
import { DataType, type Field, Precision } from "apache-arrow";
import { ofUser, readRange } from "../../../model/tensor-file.js";
import { isLabel, isText, readLabels } from "./arrow-labels.js";
import { type ArrowLayout, type Region, readArrowLayout } from "./arrow-layout.js";
import {
  type FloatForm,
  floatBytes,
  type LabelColumn,
  listed,
  refusal,
  type VectorFile,
  withFile,
  writeAgain,
} from "./vector-file.js";

/** The columns asked for; one that is not named is taken under its usual name, where it is there. */
export interface ArrowColumns {
  column?: string;
  splitColumn?: string;
  documentColumn?: string;
}

/** The vectors of an Arrow IPC file or stream: a column of lists of floats that all have one length. */
export function openArrow(file: string, { column = "vector", ...labels }: ArrowColumns): Promise<VectorFile> {
  return withFile(file, async (handle, size) => {
    const layout = await readArrowLayout(file, handle, size);
    const field = fieldOf(file, layout, column) ?? lacking(file, layout, column);
    const form = formOf(file, layout.schema.fields[field]);
    const { d_in, blocks } = await blocksOf(file, handle, layout, field, form);
    const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
    const split = labelColumn(file, layout, labels.splitColumn, "split", isText, "texts (train or test)");
    const document = labelColumn(file, layout, labels.documentColumn, "document", isLabel, "texts or whole numbers");
    return { file, column, d_in, rows, form, blocks, split, document };
  });
}

/** The place of the field of this name; undefined where there is none. */
function fieldOf(file: string, { schema }: ArrowLayout, name: string): number | undefined {
  const places = [...schema.fields.keys()].filter((i) => schema.fields[i].name === name);
  if (places.length > 1) throw refusal(file, `one column ${name}`, `${places.length}`, "Give each column its own name");
  return places[0];
}

function lacking(file: string, { schema }: ArrowLayout, name: string): never {
  const there = listed(schema.fields.map((field) => `${field.name} ${field.type}`));
  throw refusal(file, `a column ${name}`, there, "Name one of these");
}

function labelColumn(
  file: string,
  layout: ArrowLayout,
  named: string | undefined,
  usual: string,
  isRight: (type: DataType) => boolean,
  kind: string,
): LabelColumn | undefined {
  const name = named ?? usual;
  const field = fieldOf(file, layout, name);
  if (field === undefined) return named === undefined ? undefined : lacking(file, layout, name);
  const { type } = layout.schema.fields[field];
  if (!isRight(type))
    throw refusal(file, `column ${name} of ${kind}`, String(type), "Rename this column, or name another");
  return { column: name, read: () => ofUser(readLabels(file, layout, field), writeAgain) };
}

const forms: Record<Precision, FloatForm> = {
  [Precision.HALF]: "F16",
  [Precision.SINGLE]: "F32",
  [Precision.DOUBLE]: "F64",
};

const isVarying = (type: DataType): boolean => DataType.isList(type) || DataType.isLargeList(type);

/** How the numbers of a column of lists are stored. */
function formOf(file: string, { name, type }: Field): FloatForm {
  const item = DataType.isFixedSizeList(type) || isVarying(type) ? (type.children[0].type as DataType) : undefined;
  if (item && DataType.isFloat(item) && forms[item.precision]) return forms[item.precision];
  throw refusal(
    file,
    `column ${name} of vectors: FixedSizeList of Float16, Float32 or Float64`,
    String(type),
    "Name a column of vectors, or write one as pyarrow.list_(pyarrow.float32(), width)",
  );
}

/** Where the vectors of each record batch lie, and how long they are. */
async function blocksOf(
  file: string,
  handle: FileHandle,
  { schema, batches }: ArrowLayout,
  field: number,
  form: FloatForm,
) {
  const { name, type } = schema.fields[field];
  const blocks: VectorFile["blocks"] = [];
  let d_in = DataType.isFixedSizeList(type) ? type.listSize : undefined;
  if (d_in !== undefined && d_in < 0) throw refusal(file, `vectors in column ${name}`, String(type), writeAgain);
  let first = 0;
  for (const { rows, columns } of batches.filter((batch) => batch.rows > 0)) {
    const { nodes, buffers } = columns[field];
    if (nodes.some(({ nullCount }) => nullCount > 0)) {
      const found = `missing values in rows ${first} to ${first + rows - 1}`;
      throw refusal(file, `numbers in every row of ${name}`, found, "Leave such rows out");
    }
    const starts = isVarying(type) ? await startsOf(file, handle, type, buffers[1], rows) : undefined;
    const width: number = d_in ?? starts![1] - starts![0];
    for (let i = 0; starts && i < rows; i++)
      if (starts[i + 1] - starts[i] !== width) {
        const found = `${starts[i + 1] - starts[i]} in row ${first + i}`;
        throw refusal(file, `vectors of ${width} numbers in column ${name}`, found, "Give all vectors one length");
      }
    const { at, bytes } = buffers.at(-1)!;
    const start = (starts?.[0] ?? 0) * floatBytes[form];
    if (start < 0 || start + rows * width * floatBytes[form] > bytes)
      throw refusal(file, `${rows} vectors of ${width} numbers in a batch`, `${bytes} bytes`, writeAgain);
    blocks.push({ rows, at: at + start });
    first += rows;
    d_in = width;
  }
  return { d_in: d_in ?? 0, blocks };
}

/** Where each list of a batch begins among the numbers, and where the last one ends [rows + 1]. */
async function startsOf(
  file: string,
  handle: FileHandle,
  type: DataType,
  { at, bytes }: Region,
  rows: number,
): Promise<number[]> {
  const width = DataType.isLargeList(type) ? 8 : 4;
  if (bytes < (rows + 1) * width) throw refusal(file, `where ${rows} lists begin`, `${bytes} bytes`, writeAgain);
  const buffer = Buffer.from((await readRange(handle, file, at, (rows + 1) * width)).buffer);
  return Array.from({ length: rows + 1 }, (_, i) =>
    width === 8 ? Number(buffer.readBigInt64LE(8 * i)) : buffer.readInt32LE(4 * i),
  );
}
