import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import {
  type Captured,
  capturePieces,
  captureReadings,
  capturingBackend,
  requireLayers,
} from "../../../src/data/activations/capture.js";
import { pieceFile, piecesOf, readPiece } from "../../../src/data/activations/pieces.js";
import type { TokenSequences } from "../../../src/data/texts/tokens.js";
import type { Decoder } from "../../../src/model/decoder.js";
import { withBackend } from "../../helpers/backend.js";
import { countingReporter } from "../../helpers/counting-reporter.js";

withBackend();
const root = mkdtempSync(path.join(tmpdir(), "snc-capture-"));
after(() => rmSync(root, { recursive: true }));

const count = 5;
const contextLength = 3;
const tokens: TokenSequences = {
  contextLength,
  tokens: Int32Array.from({ length: count * contextLength }, (_, i) => i),
  sources: ["a"],
  source: new Int8Array(count),
  split: new Int8Array(count),
  document: new Int32Array(count),
};

/** A model whose vectors are (block, token); `passes` has the blocks and the shape of each. */
function numbered(vocabulary = 1000) {
  const passes: { blocks: readonly number[]; shape: readonly number[] }[] = [];
  const model: Captured = {
    config: { ...({} as Decoder["config"]), d_in: 2, vocabulary },
    blocks: 4,
    forward(ids, shape, blocks) {
      passes.push({ blocks, shape });
      return new Map(blocks.map((block) => [block, Float32Array.from([...ids].flatMap((id) => [block, id]))]));
    },
  };
  return { model, passes };
}

let folders = 0;
const pieces = piecesOf("p-", 0, count, 2);

function options(model: Captured, changes: object = {}) {
  const folder = path.join(root, String(folders++));
  const folderOf = (layer: number): string => path.join(folder, String(layer));
  return {
    ...{ model: async () => model, tokens, pieces, layers: [1, 2], folderOf, readings: captureReadings },
    ...{ store: "float32" as const, ...changes },
  };
}

const vectorsIn = (folder: string): number[] => pieces.flatMap((piece) => [...readPiece(pieceFile(folder, piece), 2)]);

test("each pass is a piece's sequences, of all layers at once, and counts its tokens", async () => {
  const { model, passes } = numbered();
  const { report, counted } = countingReporter();
  const asked = options(model, { report });
  await capturePieces(asked);
  assert.deepEqual(passes, [
    { blocks: [1, 2], shape: [2, 3] },
    { blocks: [1, 2], shape: [2, 3] },
    { blocks: [1, 2], shape: [1, 3] },
  ]);
  assert.deepEqual(counted, { total: 15, done: 15, begun: 1, finished: 1 });
  const kept = [...tokens.tokens].filter((id) => id % contextLength > 0);
  for (const layer of [1, 2])
    assert.deepEqual(
      vectorsIn(asked.folderOf(layer)),
      kept.flatMap((id) => [layer, id]),
    );
});

test("Reading R20: before a block is after the one above it; R21 kept: every position", async () => {
  const { model, passes } = numbered();
  const asked = options(model, { readings: { site: "resid_pre", firstPosition: "kept" } });
  await capturePieces(asked);
  assert.deepEqual(passes[0].blocks, [0, 1]);
  for (const layer of [1, 2])
    assert.deepEqual(
      vectorsIn(asked.folderOf(layer)),
      [...tokens.tokens].flatMap((id) => [layer - 1, id]),
    );
});

test("only what lacks is captured, of the layers that lack it; where nothing lacks the model is not loaded", async () => {
  const { model, passes } = numbered();
  const asked = options(model);
  await capturePieces({ ...asked, layers: [2], pieces: pieces.slice(0, 2) });
  passes.length = 0;
  const { report, counted } = countingReporter();
  await capturePieces({ ...asked, report });
  assert.deepEqual(
    passes.map(({ blocks }) => blocks),
    [[1], [1], [1, 2]],
  );
  assert.equal(counted.total, 15);
  await capturePieces({
    ...asked,
    signal: AbortSignal.abort(),
    model: () => assert.fail("it is asked for"),
  });
});

test("interrupted before it begins, no model is loaded; interrupted later, the bar ends", async () => {
  const isInterrupted = (error: Error): boolean => error instanceof SncError && error.failure === "interrupted";
  const { model, passes } = numbered();
  const never = options(model, { signal: AbortSignal.abort(), model: () => assert.fail("it is asked for") });
  await assert.rejects(capturePieces(never), isInterrupted);
  const { report, counted } = countingReporter();
  const stop = new AbortController();
  const stopping: Captured = {
    ...model,
    forward(...args) {
      stop.abort();
      return model.forward(...args);
    },
  };
  await assert.rejects(capturePieces(options(stopping, { report, signal: stop.signal })), isInterrupted);
  assert.deepEqual([passes.length, counted.done, counted.finished], [1, 6, 1], "the piece in hand is finished");
});

test("ids that the model has no embedding for are refused before a pass", async () => {
  const { model, passes } = numbered(14);
  await assert.rejects(capturePieces(options(model)), SncError);
  assert.equal(passes.length, 0);
  await capturePieces(options(numbered(15).model));
});

test("layers are those of the model, from 0 to one less than it has blocks", () => {
  requireLayers([0, 3], 4);
  requireLayers([], 4);
  for (const [layers, found] of [
    [[4], "4"],
    [[-1], "-1"],
    [[0, Number.NaN, 7], "NaN,7"],
  ] as [number[], string][])
    assert.throws(
      () => requireLayers(layers, 4),
      (error: Error) =>
        error instanceof SncError &&
        error.failure === "usage" &&
        error.message === `--layers: expected 0 to 3, found ${found}`,
    );
});

test("what captured vectors depend on is the backend; kernels and precision only where it is not float32", async () => {
  const backend = await capturingBackend();
  assert.deepEqual(Object.keys(backend).slice(0, 3), ["name", "device", "version"]);
  assert.equal("precision" in backend, "kernels" in backend);
  assert.notEqual(backend.precision, "float32");
});
