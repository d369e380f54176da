import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { MessageHeader } from "apache-arrow";
import fc from "fast-check";
import { SncError } from "../../../../src/base/errors.js";
import { decodedMessage } from "../../../../src/data/activations/own/arrow-flatbuffers.js";
import { openVectorFile } from "../../../../src/data/activations/own/open.js";
import {
  arrowBytes,
  dictionaryData,
  rowsOf,
  rowsOfNumbers,
  textData,
  vectorData,
  written,
} from "../../../helpers/own-files.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-messages-"));
after(() => rmSync(root, { recursive: true }));

const rows = rowsOfNumbers(4, 3);
const batch = {
  document: textData(["a", "b", "b", "c"]),
  vector: vectorData(rows),
  split: dictionaryData([0, 1, 0, 0], ["train", "test"]),
};
const wholes = { file: arrowBytes([batch, batch], false), stream: arrowBytes([batch, batch], true) };

/** Everything of a file: its vectors and its labels. */
async function readAll(bytes: Uint8Array) {
  const of = await openVectorFile(await written(path.join(root, "a.arrow"), bytes), {});
  return [await rowsOf(of), await of.split?.read(), await of.document?.read()];
}

for (const [kind, whole] of Object.entries(wholes)) {
  test(`a ${kind} that is cut off is refused`, async () => {
    assert.deepEqual((await readAll(whole))[0], [...rows, ...rows]);
    for (let length = whole.length - 1; length > 0; length -= 5)
      await assert.rejects(readAll(whole.subarray(0, length)), (error) => {
        assert.ok(error instanceof SncError && error.exitCode === 5, `${length} bytes: ${error}`);
        assert.match(error.message, /a\.arrow: expected .*, found .*\. Write the file again$/);
        return true;
      });
  });

  test(`a ${kind} with damaged bytes is read or refused, and costs neither time nor memory`, async () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 64, 127, 128, 255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const began = performance.now();
        await readAll(bytes).catch((error) => {
          assert.ok(error instanceof SncError && error.exitCode === 5, String(error.stack));
        });
        assert.ok(performance.now() - began < 2000);
      }),
      { numRuns: 200, seed: 17 },
    );
  });
}

test("refused: no bytes, another kind of file, a stream without its end", async () => {
  await assert.rejects(readAll(new Uint8Array()), /expected a whole Arrow file or stream, found no bytes\. Write/);
  await assert.rejects(readAll(Buffer.from("PAR1 is Parquet's mark")), /found another kind of file/);
  await assert.rejects(readAll(wholes.stream.subarray(0, -8)), /found one without its end/);
});

test("a stream of before Arrow 0.15, whose lengths stand alone, is read", async () => {
  const modern = wholes.stream;
  const old: Buffer[] = [];
  for (let at = 0; at < modern.length; ) {
    assert.equal(modern.readInt32LE(at), -1);
    const length = modern.readInt32LE(at + 4);
    if (length === 0) break;
    const head = modern.subarray(at + 8, at + 8 + length);
    const body = decodedMessage(head).bodyLength;
    old.push(modern.subarray(at + 4, at + 8), head, modern.subarray(at + 8 + length, at + 8 + length + body));
    at += 8 + length + body;
  }
  assert.deepEqual(await readAll(Buffer.concat([...old, Buffer.alloc(4)])), await readAll(modern));
});

test("a list longer than its message is found before the library makes it", () => {
  const head = wholes.stream.subarray(8, 8 + wholes.stream.readInt32LE(4));
  assert.equal(decodedMessage(head).headerType, MessageHeader.Schema);
  let found = 0;
  for (let at = 0; at + 4 <= head.length; at += 4) {
    if (head.readUInt32LE(at) !== 3) continue; // one of them counts the columns
    const longer = Buffer.from(head);
    longer.writeUInt32LE(2 ** 31, at);
    try {
      decodedMessage(longer);
    } catch (error) {
      if ((error as Error).message === "a list of 2147483648") found++;
    }
  }
  assert.equal(found, 1);
});

test("refused: a table of contents that names a place without a message", async () => {
  const whole = wholes.file;
  const footer = whole.length - 10 - whole.readInt32LE(whole.length - 10);
  const [first, end] = [8, footer - 8]; // the first message, and the mark at the end
  const messages: string[] = [];
  for (let at = footer; at + 8 <= whole.length; at += 4)
    if (whole.readBigInt64LE(at) === BigInt(first)) {
      const bytes = Buffer.from(whole);
      bytes.writeBigInt64LE(BigInt(end), at);
      const error = await readAll(bytes).catch((error: Error) => error);
      assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
      messages.push(error.message);
    }
  assert.ok(messages.some((message) => message.includes(`found no message at byte ${end}. Write`)));
});
