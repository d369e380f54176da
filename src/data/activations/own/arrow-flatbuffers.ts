import { Message, type Schema } from "apache-arrow";

/*
 * The library believes the lengths in a message: of one damaged byte it makes gigabytes of objects. Here the lists of a message
 * are followed once, with bounds, before the library sees it. Slots are those of Arrow's Message.fbs, Schema.fbs, File.fbs.
 */

/** What a flatbuffers table holds that has a length: lists of structs with so many bytes, lists of tables, tables. */
interface Shape {
  structs?: Record<number, number>;
  lists?: Record<number, () => Shape>;
  tables?: Record<number, () => Shape>;
}

const keyValue: Shape = {};
const field: Shape = { lists: { 5: () => field, 6: () => keyValue } };
const schema: Shape = { lists: { 1: () => field, 2: () => keyValue } };
const recordBatch: Shape = { structs: { 1: 16, 2: 16, 4: 8 } };
const dictionaryBatch: Shape = { tables: { 1: () => recordBatch } };
const footer: Shape = { tables: { 1: () => schema }, structs: { 2: 24, 3: 24 } };

/** By the type that a message says its header has. */
const headers: Record<number, Shape> = { 1: schema, 2: dictionaryBatch, 3: recordBatch };

/** The library's message of these bytes. Throws where a list in it is longer than the message. */
export function decodedMessage(bytes: Uint8Array): Message {
  const view = viewOf(bytes);
  const root = view.getUint32(0, true);
  const type = slotOf(view, root, 1);
  const header = type === undefined ? undefined : headers[view.getUint8(type)];
  if (header) follower(view)(root, { tables: { 2: () => header }, lists: { 4: () => keyValue } });
  return Message.decode(bytes);
}

/** A file's table of contents. */
export interface Footer {
  schema: Schema;
  version: number;
  /** Where the messages of dictionaries, and those of record batches, begin. */
  dictionaries: number[];
  batches: number[];
}

/**
 * A file's table of contents by its bytes. The library decodes it only together with the dictionaries of the file, unchecked;
 * so it is given the schema as the header of a message, which is put before it.
 */
export function decodedFooter(bytes: Uint8Array): Footer {
  const view = viewOf(bytes);
  const root = view.getUint32(0, true);
  follower(view)(root, footer);
  const [versionAt, schemaAt] = [slotOf(view, root, 0), slotOf(view, root, 1)];
  if (schemaAt === undefined) throw new RangeError("no schema");
  const version = versionAt === undefined ? 0 : view.getInt16(versionAt, true);
  const message = new Uint8Array(32 + bytes.length);
  message.set(bytes, 32);
  const start = viewOf(message);
  start.setUint32(0, 16, true); // the table
  for (const [i, size] of [10, 12, 4, 6, 8].entries()) start.setUint16(4 + 2 * i, size, true); // its slots
  start.setInt32(16, 12, true); // back to them
  start.setInt16(20, version, true);
  start.setUint8(22, 1); // the header is a schema
  start.setUint32(24, 32 + targetOf(view, schemaAt) - 24, true);
  const blocks = (slot: number): number[] => {
    const at = slotOf(view, root, slot);
    if (at === undefined) return [];
    const list = targetOf(view, at);
    return Array.from({ length: view.getUint32(list, true) }, (_, i) =>
      Number(view.getBigInt64(list + 4 + 24 * i, true)),
    );
  };
  const decoded = Message.decode(message).header() as unknown as Schema;
  return { schema: decoded, version, dictionaries: blocks(2), batches: blocks(3) };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where a table's slot lies; undefined where the table has none. */
function slotOf(view: DataView, table: number, slot: number): number | undefined {
  const vtable = table - view.getInt32(table, true);
  const at = 4 + 2 * slot;
  if (at >= view.getUint16(vtable, true)) return undefined;
  const offset = view.getUint16(vtable + at, true);
  return offset === 0 ? undefined : table + offset;
}

/** Where the offset at `at` leads. */
const targetOf = (view: DataView, at: number): number => at + view.getUint32(at, true);

/** Follows a table's lists and tables, each of them once or more: damaged offsets may lead in circles. */
function follower(view: DataView): (table: number, shape: Shape) => void {
  let visits = 0;
  const follow = (table: number, { structs = {}, lists = {}, tables = {} }: Shape): void => {
    if (++visits > view.byteLength) throw new RangeError("tables that lead in circles");
    const each = <T>(slots: Record<number, T>, visit: (at: number, of: T) => void): void => {
      for (const [slot, of] of Object.entries(slots)) {
        const at = slotOf(view, table, Number(slot));
        if (at !== undefined) visit(targetOf(view, at), of);
      }
    };
    const count = (at: number, size: number): number => {
      const length = view.getUint32(at, true);
      if (at + 4 + length * size > view.byteLength) throw new RangeError(`a list of ${length}`);
      return length;
    };
    each(structs, count);
    each(tables, (at, of) => follow(at, of()));
    each(lists, (at, of) => {
      for (let i = count(at, 4) - 1; i >= 0; i--) follow(targetOf(view, at + 4 + 4 * i), of());
    });
  };
  return follow;
}
