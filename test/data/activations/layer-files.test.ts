import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Float32, type RecordBatch } from "apache-arrow";
import {
  columnValues,
  int16,
  int32,
  namesOf,
  readArrowFile,
  vectorRows,
  writeArrowFile,
} from "../../../src/base/arrow-file.js";
import { SncError } from "../../../src/base/errors.js";
import { exists, sha256OfFile } from "../../../src/base/files.js";
import { type Reporter, silent } from "../../../src/base/progress.js";
import { recordHash } from "../../../src/base/recorded.js";
import { loadActivations } from "../../../src/data/activations/activation-file.js";
import { captureReadings } from "../../../src/data/activations/capture.js";
import { captureLayerFiles, type LayerFilesOptions, layerFile } from "../../../src/data/activations/layer-files.js";
import { readPlaces } from "../../../src/data/activations/places.js";
import type { TokenSequences } from "../../../src/data/texts/tokens.js";
import { type Decoder, loadDecoder } from "../../../src/model/decoder.js";
import { withBackend } from "../../helpers/backend.js";
import { fixtures } from "../../helpers/paths.js";

withBackend();
let root: string;
let model: Decoder;
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "snc-activations-"));
  model = await loadDecoder(path.join(fixtures, "models", "llama-tiny", "model.safetensors"));
});
after(async () => {
  model.dispose();
  await rm(root, { recursive: true });
});

/** 29 sequences of 6 tokens: three whole chunks of 8 and a part of one; every fifth sequence is for testing. */
const count = 29;
const tokens: TokenSequences = {
  contextLength: 6,
  tokens: Int32Array.from({ length: count * 6 }, (_, i) => (i * 37 + (i >> 3)) % 128),
  sources: ["first", "second"],
  source: Int8Array.from({ length: count }, (_, i) => (i < 14 ? 0 : 1)),
  split: Int8Array.from({ length: count }, (_, i) => (i % 5 === 4 ? 1 : 0)),
  document: Int32Array.from({ length: count }, (_, i) => 100 + i),
};

let folders = 0;
const newFolder = (): string => path.join(root, String(folders++));
const capture = (folder: string, options: Partial<LayerFilesOptions> = {}): Promise<void> =>
  captureLayerFiles({
    ...{ model, tokens, layers: [1, 3], folder, sequencesPerPass: 8 },
    about: { model: "llama-tiny" },
    ...options,
  });

/** Every row of a layer's file, with its vector. */
async function rowsIn(file: string) {
  return readArrowFile(file, "", async ({ batches, schema }) => {
    const d_in = Number(schema.metadata.get("d_in"));
    const rows: {
      vector: number[];
      sequence: number;
      position: number;
      token: number;
      document: number;
      names: string[];
    }[] = [];
    for await (const batch of batches()) {
      const [vector, ...columns] = ["vector", "sequence", "position", "token", "document"].map((name) =>
        columnValues<Float32Array>(batch as RecordBatch, name),
      );
      for (let i = 0; i < batch.numRows; i++) {
        const [sequence, position, token, document] = columns.map((column) => column[i]);
        const names = ["source", "split"].map((name) => batch.getChild(name)!.get(i) as string);
        rows.push({
          vector: [...vector.subarray(i * d_in, (i + 1) * d_in)],
          sequence,
          position,
          token,
          document,
          names,
        });
      }
    }
    return rows;
  });
}

test("each row is the residual stream of its token, and names it", async () => {
  const folder = newFolder();
  await capture(folder);
  const all = model.forward(tokens.tokens, [count, 6], [1, 3]);
  for (const layer of [1, 3]) {
    const rows = await rowsIn(layerFile(folder, layer));
    assert.equal(rows.length, count * 5); // no position 0
    for (const [i, row] of rows.entries()) {
      assert.deepEqual([row.sequence, row.position], [Math.floor(i / 5), 1 + (i % 5)]);
      const at = row.sequence * 6 + row.position;
      assert.equal(row.token, tokens.tokens[at]);
      assert.equal(row.document, 100 + row.sequence);
      assert.deepEqual(row.names, [row.sequence < 14 ? "first" : "second", row.sequence % 5 === 4 ? "test" : "train"]);
      const expected = all.get(layer)!.subarray(at * 48, (at + 1) * 48);
      // Another batch size may round otherwise: in the seventh digit of the largest.
      const largest = Math.max(...expected.map(Math.abs));
      const off = Math.max(...row.vector.map((v, j) => Math.abs(v - expected[j])));
      assert.ok(off < 3e-6 * largest, `${off} of ${largest}`);
    }
  }
  assert.deepEqual((await readdir(folder)).sort(), ["layer-1.arrow", "layer-3.arrow"].flatMap(withHash));
});

test("the places of a layer's vectors are those of its rows, training and test apart, in their order", async () => {
  const folder = newFolder();
  await capture(folder, { layers: [1] });
  const rows = await rowsIn(layerFile(folder, 1));
  for (const [split, places] of (await readPlaces(layerFile(folder, 1))).entries()) {
    const of = rows.filter((row) => row.names[1] === ["train", "test"][split]);
    assert.deepEqual(
      [...places.sequence],
      of.map((row) => row.sequence),
    );
    assert.deepEqual(
      [...places.position],
      of.map((row) => row.position),
    );
    assert.deepEqual(
      [...places.token],
      of.map((row) => row.token),
    );
    assert.deepEqual(
      [...places.source].map((i) => tokens.sources[i]),
      of.map((row) => row.names[0]),
    );
  }
});

test("mean and scale are those of the training vectors: centred, E‖h‖² = 1", async () => {
  const folder = newFolder();
  await capture(folder, { layers: [2] });
  const set = await loadActivations(layerFile(folder, 2));
  const rows = await rowsIn(layerFile(folder, 2));
  const train = rows.filter((row) => row.names[1] === "train").map((row) => row.vector);
  const held = rows.filter((row) => row.names[1] === "test").map((row) => row.vector);
  assert.deepEqual([set.trainCount, set.testCount, set.d_in], [24 * 5, 5 * 5, 48]);
  assert.deepEqual([...set.train], train.flat());
  assert.deepEqual([...set.test], held.flat());
  let square = 0;
  for (let j = 0; j < 48; j++) {
    const mean = train.reduce((sum, v) => sum + v[j], 0) / train.length;
    assert.ok(Math.abs(set.mean[j] - mean) < 1e-9);
    square += train.reduce((sum, v) => sum + ((v[j] - mean) * set.scale) ** 2, 0) / train.length;
  }
  assert.ok(Math.abs(square - 1) < 1e-9, String(square));
  assert.equal(set.metadata.get("hook"), "blocks.2.resid_post");
  assert.equal(set.metadata.get("model"), "llama-tiny");
});

test("interrupted after any chunk and resumed, the bytes are the same", async () => {
  const whole = newFolder();
  await capture(whole);
  const expected = await Promise.all([1, 3].map((layer) => sha256OfFile(layerFile(whole, layer))));
  for (let chunks = 0; chunks <= 4; chunks++) {
    const folder = newFolder();
    const stop = new AbortController();
    let done = 0;
    const stopping: Reporter = {
      ...silent,
      bar: () => ({
        advance() {
          if (++done === chunks) stop.abort();
        },
        finish() {},
      }),
    };
    if (chunks === 0) stop.abort();
    await assert.rejects(
      capture(folder, { report: stopping, signal: stop.signal }),
      (error: Error) => error instanceof SncError && error.failure === "interrupted",
    );
    assert.equal(done, chunks);
    let total = 0;
    const counting: Reporter = {
      ...silent,
      bar(label, units) {
        total = units;
        return silent.bar(label, units);
      },
    };
    await capture(folder, { report: counting });
    assert.equal(total, Math.max(0, count - 8 * chunks) * 6, "only what was missing is computed");
    assert.deepEqual(await Promise.all([1, 3].map((layer) => sha256OfFile(layerFile(folder, layer)))), expected);
  }
});

/** A file, and where its sha256 lies. */
const withHash = (file: string): string[] => [file, `${file}.sha256`];

test("a part that a killed process left unfinished counts as missing", async () => {
  const [whole, folder] = [newFolder(), newFolder()];
  await capture(whole, { layers: [0] });
  await assert.rejects(capture(folder, { layers: [0], model: { ...model, forward: failsAfter(2) } }), /power cut/);
  const pieces = path.join(folder, "layer-0.pieces");
  assert.deepEqual((await readdir(pieces)).sort(), ["00000.arrow", "00001.arrow"].flatMap(withHash));
  await writeFile(path.join(pieces, "00002.arrow.99999999-aa.tmp"), "half");
  await writeFile(`${layerFile(folder, 0)}.99999999-aa.tmp`, "half");
  await capture(folder, { layers: [0] });
  assert.deepEqual((await readdir(folder)).sort(), withHash("layer-0.arrow"));
  assert.equal(await sha256OfFile(layerFile(folder, 0)), await sha256OfFile(layerFile(whole, 0)));
});

test("what lies beside a finished layer: its pieces go, the unfinished file of a process that runs stays", async () => {
  const folder = newFolder();
  await capture(folder, { layers: [0] });
  const pieces = path.join(folder, "layer-0.pieces");
  await mkdir(pieces);
  await writeFile(path.join(pieces, "00000.arrow"), "left over");
  const unfinished = [process.pid, 99999999].map((pid) => `layer-1.arrow.${pid}-aa.tmp`);
  const other = "layer-1.arrow.tmp";
  for (const name of [...unfinished, other]) await writeFile(path.join(folder, name), "half");
  await capture(folder, { layers: [0] });
  assert.deepEqual((await readdir(folder)).sort(), [...withHash("layer-0.arrow"), unfinished[0], other].sort());
});

function failsAfter(chunks: number): Decoder["forward"] {
  let left = chunks;
  return (...args) => {
    if (left-- === 0) throw new Error("power cut");
    return model.forward(...args);
  };
}

test("a layer that is there is kept; one more adds a file", async () => {
  const folder = newFolder();
  await capture(folder, { layers: [1] });
  const marked = await readFile(layerFile(folder, 1));
  await capture(folder, { layers: [1, 2], model: { ...model, forward: onlyCapturing([2]) } });
  assert.deepEqual(await readFile(layerFile(folder, 1)), marked);
  assert.ok(await exists(layerFile(folder, 2)));
  await assert.rejects(capture(folder, { layers: [4] }), /--layers: expected 0 to 3, found 4/);
});

const onlyCapturing =
  (blocks: number[]): Decoder["forward"] =>
  (ids, shape, wanted) => {
    assert.deepEqual(wanted, blocks);
    return model.forward(ids, shape, wanted);
  };

test("Reading R20: resid_pre of a layer is resid_post of the one before, and of layer 0 the embedding", async () => {
  const [pre, post] = [newFolder(), newFolder()];
  await capture(pre, { layers: [0, 2], readings: { ...captureReadings, site: "resid_pre" } });
  await capture(post, { layers: [1] });
  const [before, after] = [await loadActivations(layerFile(pre, 2)), await loadActivations(layerFile(post, 1))];
  assert.deepEqual(before.train, after.train);
  assert.equal(before.metadata.get("hook"), "blocks.2.resid_pre");
  const [row] = await rowsIn(layerFile(pre, 0));
  const embedding = model.forward(Int32Array.of(row.token), [1, 1], [-1]).get(-1)!;
  assert.deepEqual(row.vector, [...embedding]);
});

/** A model whose vectors of width 2 have norm 1, but 50 at position 0 and at token 5, and 9.9 at token 6. */
const sinks: LayerFilesOptions["model"] = {
  config: { ...({} as Decoder["config"]), d_in: 2 },
  blocks: 1,
  forward: (ids, [, length]) => {
    const norm = (i: number) => (i % length === 0 || ids[i] === 5 ? 50 : ids[i] === 6 ? 9.9 : 1);
    const values = Float32Array.from({ length: 2 * ids.length }, (_, k) => {
      const i = k >> 1;
      return norm(i) * (k % 2 === 0 ? Math.cos(ids[i]) : Math.sin(ids[i]));
    });
    return new Map([[0, values]]);
  },
};

test("Reading R21: position 0 and norms over 10 × the median are left out, or kept", async () => {
  const [dropped, kept] = [newFolder(), newFolder()];
  await capture(dropped, { model: sinks, layers: [0] });
  await capture(kept, { model: sinks, layers: [0], readings: { ...captureReadings, firstPosition: "kept" } });
  const ids = [...tokens.tokens];
  const isKept = (at: number) => at % 6 !== 0 && ids[at] !== 5;
  assert.ok(ids.some((id, at) => id === 5 && at % 6 !== 0) && ids.some((id, at) => id === 6 && at % 6 !== 0));
  const rows = await rowsIn(layerFile(dropped, 0));
  assert.deepEqual(
    rows.map((row) => row.sequence * 6 + row.position),
    [...ids.keys()].filter(isKept),
  );
  const set = await loadActivations(layerFile(dropped, 0));
  assert.equal(set.trainCount + set.testCount, rows.length);
  assert.ok(Math.abs(Number(set.metadata.get("medianNorm")) - 1) < 1e-6);
  const all = await loadActivations(layerFile(kept, 0));
  assert.equal(all.trainCount + all.testCount, count * 6);
  assert.equal(all.metadata.get("leftOutForNorm"), "0");
});

test("a vector that is not finite stops the capture: it is neither kept nor passed over", async () => {
  const broken: LayerFilesOptions["model"] = {
    ...sinks,
    forward: (...args) =>
      new Map([
        [
          0,
          sinks
            .forward(...args)
            .get(0)!
            .fill(Number.NaN, 20, 21),
        ],
      ]),
  };
  await assert.rejects(capture(newFolder(), { model: broken, layers: [0] }), /expected finite vectors, found NaN in/);
});

test("a changed file is refused, whatever the change, and a changed piece is not joined", async () => {
  const folder = newFolder();
  await capture(folder, { layers: [1] });
  const file = layerFile(folder, 1);
  const bytes = await readFile(file);
  for (const damaged of damages(bytes)) {
    await writeFile(file, damaged);
    await assert.rejects(
      loadActivations(file),
      /layer-1.arrow: expected sha256 .*as snc activations wrote it.*Delete it and layer-1.arrow.sha256. Run: snc activations/,
    );
  }
  await writeFile(file, bytes);
  await loadActivations(file);
  await rm(`${file}.sha256`);
  await assert.rejects(loadActivations(file), /expected the sha256 that snc activations recorded of it, found none/);

  const interrupted = newFolder();
  await assert.rejects(capture(interrupted, { layers: [0], model: { ...model, forward: failsAfter(2) } }), /power cut/);
  const piece = path.join(interrupted, "layer-0.pieces", "00001.arrow");
  await writeFile(piece, [...damages(await readFile(piece))][1]);
  await assert.rejects(capture(interrupted, { layers: [0] }), /00001.arrow: expected sha256/);
});

/** One bit of a number, a row of zeros, and half of the file. */
function* damages(bytes: Buffer): Generator<Buffer> {
  const middle = (bytes.length >> 1) & ~3;
  const [flipped, zeros] = [Buffer.from(bytes), Buffer.from(bytes)];
  flipped[middle] ^= 1;
  yield flipped;
  zeros.fill(0, middle - 24, middle + 24);
  yield zeros;
  yield bytes.subarray(0, middle);
}

test("a file that does not fit is refused, with what was expected and what to run", async () => {
  const folder = newFolder();
  await capture(folder, { layers: [1] });
  const file = layerFile(folder, 1);
  const bytes = await readFile(file);
  const refused = async (content: Uint8Array, why: RegExp) => {
    await writeFile(file, content);
    await recordHash(file);
    await assert.rejects(loadActivations(file), (error: Error) => {
      assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
      assert.match(error.message, why);
      assert.match(error.message, /Run: snc activations$/);
      return true;
    });
  };
  await refused(bytes.subarray(0, bytes.length - 100), /expected an Arrow file/);
  await refused(Buffer.from("no Arrow file, only some text"), /expected an Arrow file/);

  const columns = {
    vector: vectorRows(new Float32(), 3),
    source: namesOf(0, ["a"]),
    split: namesOf(1, ["train", "test"]),
    document: int32,
    sequence: int32,
    position: int16,
    token: int32,
  };
  const values = {
    vector: Float32Array.of(1, 2, 3, 4, 5, 6),
    source: Int8Array.of(0, 0),
    split: Int8Array.of(0, 1),
    document: Int32Array.of(1, 1),
    sequence: Int32Array.of(0, 0),
    position: Int16Array.of(1, 2),
    token: Int32Array.of(8, 9),
  };
  const mean = Buffer.from(new Float64Array(3).buffer).toString("base64");
  const metadata = { model: "toy", d_in: "3", trainCount: "1", testCount: "1", mean, scale: "1" };
  const written = async (changes: Record<string, string>): Promise<Buffer> => {
    await writeArrowFile(file, columns, new Map(Object.entries({ ...metadata, ...changes })), (append) =>
      append(values),
    );
    return readFile(file);
  };
  await written({});
  await recordHash(file);
  assert.deepEqual([...(await loadActivations(file)).test], [4, 5, 6]);
  await refused(await written({ d_in: "4" }), /layer-1.arrow: expected d_in = 4 \(toy\), found 3/);
  await refused(await written({ d_in: "NaN" }), /a whole number above 0 for d_in \(toy\), found NaN/);
  await refused(await written({ mean: "" }), /a mean of 3 numbers \(toy\), found 0/);
  await refused(await written({ trainCount: "2" }), /expected 2 training and 1 test vectors, found 1 and 1/);
  await refused(await written({ trainCount: "9e15" }), /expected 9000000000000000 training.*found a file of/);
  await refused(await written({ testCount: "0.5" }), /a whole number above 0 for testCount/);
  const { token: _, ...without } = columns;
  const { token: __, ...rest } = values;
  await writeArrowFile(file, without, new Map(Object.entries(metadata)), (append) => append(rest));
  await refused(await readFile(file), /expected column token of Int32 \(toy\), found none/);
});
