import type { FileHandle } from "node:fs/promises";
import { CompressionType, DataType, type Message, MetadataVersion, type Schema, UnionMode } from "apache-arrow";
import { damaged, messagesOf, readFooter, understood } from "./arrow-messages.js";
import { refusal } from "./vector-file.js";

/*
 * Where the columns of an Arrow IPC file or stream lie. The library's own readers take a record batch whole into memory, and
 * pyarrow writes a table of gigabytes as one. Here the messages are read, and buffers only when their column is asked for.
 */

/** Bytes [at, at + bytes) of the file. */
export interface Region {
  at: number;
  bytes: number;
}

/** A column in one record batch: its field and those below it in depth-first order, as the format has them. */
export interface ColumnLayout {
  nodes: { length: number; nullCount: number }[];
  buffers: Region[];
}

export interface BatchLayout {
  rows: number;
  /** One for each field of the schema. */
  columns: ColumnLayout[];
  /** By id: the dictionaries in force, each in the parts it came in. */
  dictionaries: ReadonlyMap<number, readonly ColumnLayout[]>;
}

export interface ArrowLayout {
  schema: Schema;
  batches: BatchLayout[];
}

type Header = ReturnType<Message["header"]>;
type BatchHeader = Extract<Header, { nodes: unknown; variadicBufferCounts: unknown }>;

/** Reads the messages of an Arrow IPC file or stream, without their bodies. */
export async function readArrowLayout(file: string, handle: FileHandle, size: number): Promise<ArrowLayout> {
  const footer = await readFooter(file, handle, size);
  let schema: Schema | undefined = footer?.schema;
  let version: MetadataVersion = footer?.version ?? MetadataVersion.V5;
  const batches: BatchLayout[] = [];
  const dictionaries = new Map<number, readonly ColumnLayout[]>();
  for await (const { message, at } of messagesOf(file, handle, size, footer)) {
    const header = understood(file, () => message.header() as unknown);
    if (message.isSchema()) {
      schema = header as Schema;
      version = message.version;
      continue;
    }
    if (!schema) throw damaged(file, "record batches before a schema");
    const place = { file, at, bytes: message.bodyLength, version };
    if (message.isDictionaryBatch()) {
      const { id, isDelta, data } = header as { id: number; isDelta: boolean; data: BatchHeader };
      const type = schema.dictionaries.get(id);
      if (!type) throw damaged(file, `a dictionary that no column has (${id})`);
      const [part] = understood(file, () => columnsOf(place, data, [type]));
      dictionaries.set(id, isDelta ? [...(dictionaries.get(id) ?? []), part] : [part]);
    } else {
      const batch = header as BatchHeader;
      const types = schema.fields.map(({ type }) => type as DataType);
      const columns = understood(file, () => columnsOf(place, batch, types));
      batches.push({ rows: batch.length, columns, dictionaries: new Map(dictionaries) });
    }
  }
  if (!schema) throw damaged(file, "no schema");
  return { schema, batches };
}

interface Body {
  file: string;
  at: number;
  bytes: number;
  version: MetadataVersion;
}

/** The nodes and buffers of each column of a batch, in the format's order: depth first, as the types say. */
function columnsOf({ file, at, bytes, version }: Body, batch: BatchHeader, types: readonly DataType[]): ColumnLayout[] {
  if (batch.compression) {
    const codec = CompressionType[batch.compression.type];
    const next = "Write it without: pyarrow.feather.write_feather(…, compression='uncompressed')";
    throw refusal(file, "record batches that are not compressed", codec, next);
  }
  const [nodes, buffers, views] = [batch.nodes.values(), batch.buffers.values(), batch.variadicBufferCounts.values()];
  const next = <T>(from: IterableIterator<T>): T => {
    const { value, done } = from.next();
    if (done) throw damaged(file, "a batch that lacks a part of its columns");
    return value;
  };
  const visit = (type: DataType, into: ColumnLayout): ColumnLayout => {
    into.nodes.push(next(nodes));
    const own = ownBuffers(type, version) + (isView(type) ? Number(next(views)) : 0);
    for (let i = 0; i < own; i++) {
      const { offset, length } = next(buffers);
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes))
        throw damaged(file, "a column beyond the end of its batch");
      into.buffers.push({ at: at + offset, bytes: length });
    }
    if (!DataType.isDictionary(type)) for (const child of type.children ?? []) visit(child.type, into);
    return into;
  };
  const columns = types.map((type) => visit(type, { nodes: [], buffers: [] }));
  if (columns.some((column) => column.nodes[0].length !== batch.length))
    throw damaged(file, `columns that have not their batch's ${batch.length} rows`);
  return columns;
}

const isView = (type: DataType): boolean => DataType.isUtf8View(type) || DataType.isBinaryView(type);

/** Buffers of a type without those of its children and of a view's texts: validity, then offsets, then values. */
function ownBuffers(type: DataType, version: MetadataVersion): number {
  if (DataType.isNull(type)) return 0;
  if (DataType.isUnion(type)) return (type.mode === UnionMode.Dense ? 2 : 1) + (version < MetadataVersion.V5 ? 1 : 0);
  if (DataType.isStruct(type) || DataType.isFixedSizeList(type)) return 1;
  const isTexts = DataType.isUtf8(type) || DataType.isLargeUtf8(type);
  return isTexts || DataType.isBinary(type) || DataType.isLargeBinary(type) ? 3 : 2;
}
