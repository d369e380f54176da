import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { gigabytes, type Reporter } from "../../../src/base/progress.js";
import { type CaptureReadings, captureReadings } from "../../../src/data/activations/capture.js";
import { readPiece } from "../../../src/data/activations/pieces.js";
import { openStream } from "../../../src/data/activations/stream.js";
import { readTokens, type TokenSequences } from "../../../src/data/texts/tokens.js";
import { type Decoder, loadDecoder } from "../../../src/model/decoder.js";
import { type Profile, profiles, type StoredAs } from "../../../src/profiles.js";
import { withBackend } from "../../helpers/backend.js";
import { fixtures } from "../../helpers/paths.js";
import { statisticsOf } from "../../helpers/planted-pieces.js";
import { assertNear } from "../../helpers/stubs.js";

withBackend();
const root = mkdtempSync(path.join(tmpdir(), "snc-stream-"));
const modelFolder = path.join(fixtures, "models", "llama-tiny");
let model: Decoder;
before(async () => {
  model = await loadDecoder(modelFolder);
});
after(() => {
  model.dispose();
  rmSync(root, { recursive: true });
});

const d_in = 48;
/** Eleven training and five test sequences of six tokens. */
const [trained, held] = [11, 5];
const contextLength = 6;
const tokens: TokenSequences = {
  contextLength,
  tokens: Int32Array.from({ length: (trained + held) * contextLength }, (_, i) => (i * 37 + (i >> 3)) % 128),
  sources: ["first", "second"],
  source: Int8Array.from({ length: trained + held }, (_, i) => i % 2),
  split: Int8Array.from({ length: trained + held }, (_, i) => (i < trained ? 0 : 1)),
  document: Int32Array.from({ length: trained + held }, (_, i) => 100 + i),
};

interface Choices {
  folder?: string;
  layers?: number[];
  readings?: Partial<CaptureReadings>;
  buffer?: number;
  store?: StoredAs;
  signal?: AbortSignal;
}

let folders = 0;

/** A stream in passes of two sequences: six pieces of training, the last with one sequence, and three of testing. */
async function opened({ folder, layers = [1, 3], readings, buffer = 5, store, signal }: Choices = {}) {
  const said: string[] = [];
  const report: Reporter = {
    line: (text) => void said.push(text),
    bar: (label, total) => {
      said.push(`${label}: ${total}`);
      return { advance() {}, finish() {} };
    },
  };
  const at = folder ?? path.join(root, String(folders++));
  const profile: Profile = { ...profiles.paper, sequencesPerPass: 2, bufferContexts: buffer, store };
  const place = {
    ...{ key: "key", folder: at, about: {}, model: modelFolder, layers, report, signal },
    tokens: async () => tokens,
    readings: { ...captureReadings, ...readings },
  };
  return { source: await openStream(place, profile), folder: at, said };
}

const piecesIn = (folder: string, layer: number): string[] =>
  readdirSync(path.join(folder, `layer-${layer}`))
    .filter((name) => name.endsWith(".arrow"))
    .sort();
const numbered = (split: "train" | "test", from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${split}-0000${from + i}.arrow`);

/** The model's vectors of sequences [from, to), without position 0 if it is dropped. */
function vectorsOf(layer: number, from: number, to: number, first = 1): number[][] {
  const all = model.forward(tokens.tokens, [trained + held, contextLength], [layer]).get(layer)!;
  const rows: number[][] = [];
  for (let sequence = from; sequence < to; sequence++)
    for (let position = first; position < contextLength; position++) {
      const at = (sequence * contextLength + position) * d_in;
      rows.push([...all.subarray(at, at + d_in)]);
    }
  return rows;
}

test("the test part and a first fill are captured for all layers, no other piece; what is said names the sizes", async () => {
  const { source, folder, said } = await opened();
  // Half a buffer of 5 is 3 sequences: the fill's 6 are three pieces of two.
  for (const layer of [1, 3])
    assert.deepEqual(piecesIn(folder, layer), [...numbered("test", 0, 3), ...numbered("train", 0, 3)]);
  const bytes = 11 * 5 * d_in * 4;
  assert.equal(
    said[0],
    `activations: 11 sequences in float32, ${gigabytes(bytes)} a layer, ${gigabytes(2 * bytes)} for 2, in ${folder}`,
  );
  assert.equal(said[1], `activations of layer 1, 3: ${11 * contextLength}`);
  assert.deepEqual(source.layers, [
    { layer: 1, state: "captured", folder: path.join(folder, "layer-1") },
    { layer: 3, state: "captured", folder: path.join(folder, "layer-3") },
  ]);
  assert.deepEqual([source.key, source.folder], ["key", folder]);
  assert.deepEqual(await readTokens(path.join(folder, "tokens.arrow")), tokens);
});

test("a piece holds the model's vectors of its sequences", async () => {
  const { folder } = await opened({ layers: [2] });
  const piece = (name: string) => readPiece(path.join(folder, "layer-2", name), d_in);
  assertNear(piece("train-00001.arrow"), vectorsOf(2, 2, 4).flat(), 1e-4);
  assertNear(piece("test-00000.arrow"), vectorsOf(2, trained, trained + 2).flat(), 1e-4);
  assertNear(piece("test-00002.arrow"), vectorsOf(2, trained + 4, trained + 5).flat(), 1e-4);
});

test("opened again nothing is captured; a layer more is captured alone; a piece that lacks is made again", async () => {
  const { folder } = await opened({ layers: [1] });
  const file = path.join(folder, "layer-1", "train-00000.arrow");
  const written = statSync(file).mtimeMs;
  const again = await opened({ folder, layers: [1] });
  assert.equal(again.said.length, 1);
  assert.deepEqual(
    again.source.layers.map(({ state }) => state),
    ["present"],
  );
  const more = await opened({ folder, layers: [1, 0] });
  assert.deepEqual(
    more.source.layers.map(({ layer, state }) => [layer, state]),
    [
      [1, "present"],
      [0, "captured"],
    ],
  );
  assert.equal(statSync(file).mtimeMs, written, "what is there stays");
  rmSync(path.join(folder, "layer-1", "test-00001.arrow.sha256"));
  const mended = await opened({ folder, layers: [1] });
  assert.match(mended.said[1], new RegExp(`: ${2 * contextLength}$`), "two sequences");
  assert.equal(mended.source.layers[0].state, "captured");
});

test("a folder's sequences are written once", async () => {
  const { folder } = await opened({ layers: [0] });
  const file = path.join(folder, "tokens.arrow");
  const written = statSync(file).mtimeMs;
  await opened({ folder, layers: [0] });
  assert.equal(statSync(file).mtimeMs, written);
});

for (const [store, bytes] of [
  ["float32", 4],
  ["float16", 2],
] as const)
  test(`stored as ${store}, all training sequences are captured before a training begins`, async () => {
    const { folder, said } = await opened({ layers: [1], store });
    assert.deepEqual(piecesIn(folder, 1), [...numbered("test", 0, 3), ...numbered("train", 0, 6)]);
    const size = gigabytes(16 * 5 * d_in * bytes);
    assert.equal(said[0], `activations: 16 sequences in ${store}, ${size} a layer, ${size} for 1, in ${folder}`);
  });

test("a buffer larger than the training part is filled with all of it", async () => {
  const { folder, source } = await opened({ layers: [1], buffer: 100 });
  assert.deepEqual(piecesIn(folder, 1), [...numbered("test", 0, 3), ...numbered("train", 0, 6)]);
  const { train } = await source.load(1, "raw");
  assert.equal(train.length, trained * 5 * d_in);
});

test("a layer's activations: first fill, test part, and how they are scaled", async () => {
  const { source } = await opened({ layers: [1] });
  const { train, test: rest, scaling } = await source.load(1, "unitMeanSquare");
  const statistics = statisticsOf(vectorsOf(1, 0, 6), "dropped");
  assert.equal(statistics.kept.length, 6 * 5, "none of this model's norms stands out");
  const h = (x: number[]): number[] => x.map((value, i) => (value - statistics.mean[i]) * statistics.scale);
  assertNear(train, statistics.kept.flatMap(h), 1e-4);
  assertNear(rest.subarray(), vectorsOf(1, trained, trained + held).flatMap(h), 1e-4);
  assertNear([...Array.from(scaling!.mean), scaling!.scale], [...statistics.mean, statistics.scale], 1e-5);
  const alone = await source.scaling(1, "unitMeanSquare");
  assert.deepEqual([...Array.from(alone.mean), alone.scale], [...Array.from(scaling!.mean), scaling!.scale]);
});

test("how a layer is scaled is known without its activations, from the first fill alone", async () => {
  const { source, folder } = await opened({ layers: [1] });
  const { mean, scale } = await source.scaling(1, "unitMeanSquare");
  const statistics = statisticsOf(vectorsOf(1, 0, 6), "dropped");
  assertNear([...Array.from(mean), scale], [...statistics.mean, statistics.scale], 1e-5);
  assert.ok(existsSync(path.join(folder, "layer-1", "first-6.json")));
  const small = await opened({ layers: [1], buffer: 100 });
  await small.source.scaling(1, "raw");
  assert.ok(existsSync(path.join(small.folder, "layer-1", "first-11.json")), "no more than there is");
});

test("Reading R21 kept: position 0 is a vector, too", async () => {
  const { source } = await opened({ layers: [1], readings: { firstPosition: "kept" } });
  const { train, test: rest } = await source.load(1, "raw");
  assertNear(train, vectorsOf(1, 0, 6, 0).flat(), 1e-4);
  assertNear(rest.subarray(), vectorsOf(1, trained, trained + held, 0).flat(), 1e-4);
});

test("a refill is captured when a training asks for it, for every layer of the folder, whoever asks", async () => {
  const { folder } = await opened({ layers: [3] });
  mkdirSync(path.join(folder, "layer-none"));
  const { source, said } = await opened({ folder, layers: [1] });
  const { buffer } = await source.load(1, "raw");
  const draw = { batchSize: 5, seed: 1 };
  for (let t = 0; t < 3; t++) await buffer!.ready(t, draw);
  assert.deepEqual(piecesIn(folder, 1), [...numbered("test", 0, 3), ...numbered("train", 0, 3)]);
  const before = said.length;
  await buffer!.ready(3, draw); // 15 of 30 are drawn
  // Sequences 6, 7 and 8 are next: pieces 3 and 4.
  for (const layer of [1, 3])
    assert.deepEqual(piecesIn(folder, layer), [...numbered("test", 0, 3), ...numbered("train", 0, 5)], `${layer}`);
  assert.deepEqual(said.slice(before), [`activations of layer 1, 3: ${4 * contextLength}`]);
  for (let t = 4; t < 6; t++) await buffer!.ready(t, draw);
  const held = new Set(buffer!.indices(5, draw));
  assert.equal(held.size, 5);
});

test("a refill of which one piece lacks, the first or the last, is captured as far as it lacks", async () => {
  for (const lacking of ["train-00003", "train-00004"]) {
    const { folder } = await opened({ layers: [1], store: "float32" });
    rmSync(path.join(folder, "layer-1", `${lacking}.arrow`));
    const { source, said } = await opened({ folder, layers: [1] });
    const { buffer } = await source.load(1, "raw");
    const before = said.length;
    await buffer!.ready(3, { batchSize: 5, seed: 1 });
    assert.deepEqual(said.slice(before), [`activations of layer 1: ${2 * contextLength}`], lacking);
    assert.ok(existsSync(path.join(folder, "layer-1", `${lacking}.arrow`)));
  }
});

test("a first fill that was removed meanwhile is captured again, layers in their order; a test part is an error", async () => {
  const { folder } = await opened({ layers: [3] });
  const { source, said } = await opened({ folder, layers: [1] });
  rmSync(path.join(folder, "layer-1"), { recursive: true });
  const before = said.length;
  await assert.rejects(source.load(1, "raw"), /layer-1.test-00000.arrow.*expected/);
  assert.deepEqual(said.slice(before), [`activations of layer 1, 3: ${6 * contextLength}`]);
  assert.deepEqual(piecesIn(folder, 1), numbered("train", 0, 3));
});

test("keys differ by layer, scaling and buffer", async () => {
  const { source } = await opened({ layers: [1] });
  assert.equal(source.keyOf(1, "raw"), "key/layer-1/raw/buffer-5");
  assert.equal(source.keyOf(3, "unitMeanSquare"), "key/layer-3/unitMeanSquare/buffer-5");
});

test("a layer that the model has not is refused before anything is captured", async () => {
  const folder = path.join(root, "refused");
  await assert.rejects(opened({ folder, layers: [1, 4] }), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "usage");
    return error.message === "--layers: expected 0 to 3, found 4";
  });
  assert.ok(!existsSync(folder));
});

test("interrupted it captures nothing more", async () => {
  const folder = path.join(root, "interrupted");
  await assert.rejects(
    opened({ folder, layers: [1], signal: AbortSignal.abort() }),
    (error: Error) => error instanceof SncError && error.failure === "interrupted",
  );
  assert.ok(!existsSync(path.join(folder, "layer-1")));
});
