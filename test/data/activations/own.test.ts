import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/files.js";
import { recordHash } from "../../../src/base/recorded.js";
import { loadActivations } from "../../../src/data/activations/activation-file.js";
import { joinPieces } from "../../../src/data/activations/join.js";
import {
  describeOwnActivations,
  type OwnActivations,
  type OwnActivationsOptions,
  openOwnActivations,
  ownActivationsSchema,
} from "../../../src/data/activations/own.js";
import { writePiece } from "../../../src/data/activations/pieces.js";
import { scaled } from "../../../src/data/activations/scale.js";
import { arrowBytes, dictionaryData, npyBytes, textData, vectorData, written } from "../../helpers/own-files.js";
import { statisticsOf, vectorOfNorm } from "../../helpers/planted-pieces.js";
import { assertNear } from "../../helpers/stubs.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-own-"));
after(() => rmSync(root, { recursive: true }));
const at = (name: string): string => path.join(root, name);

const d_in = 4;
const vectorsOf = (count: number, name: string): number[][] =>
  Array.from({ length: count }, (_, row) => [
    ...Float32Array.from(vectorOfNorm(row === 5 ? 40 : 1 + row / count, d_in, `${name} ${row}`)),
  ]);
const vectors = vectorsOf(30, "a");
const parts: string[] = vectors.map((_, row) => (row % 3 === 1 ? "test" : "train"));

const npy = (name: string, rows = vectors) => written(at(name), npyBytes(rows));
const arrow = (name: string, rows = vectors, labels = parts) =>
  written(at(name), arrowBytes([{ vector: vectorData(rows), split: textData(labels) }]));

const one = (file: string, more: Partial<OwnActivations> = {}): OwnActivations => ({
  files: [{ layer: 6, file }],
  ...more,
});
const open = (own: OwnActivations, options: Partial<OwnActivationsOptions> = {}) =>
  openOwnActivations(own, { batchSize: 4, firstPosition: "dropped", ...options });

const scales = ["unitMeanSquare", "sqrtWidth", "raw"] as const;
for (const firstPosition of ["dropped", "kept"] as const)
  test(`both parts are centred and scaled by the training part, for each reading of R14, with R21 ${firstPosition}`, async () => {
    const source = await open(one(await arrow("a.arrow")), { firstPosition });
    const { kept, mean, scale, meanNorm, isKept } = statisticsOf(
      vectors.filter((_, row) => parts[row] === "train"),
      firstPosition,
    );
    const held = vectors.filter((vector, row) => parts[row] === "test" && isKept(vector));
    assert.equal(kept.length, firstPosition === "dropped" ? 19 : 20);
    for (const inputScale of scales) {
      const centre = inputScale === "unitMeanSquare" ? mean : mean.map(() => 0);
      const factor = { unitMeanSquare: scale, sqrtWidth: Math.sqrt(d_in) / meanNorm, raw: 1 }[inputScale];
      const h = (rows: number[][]) => rows.flatMap((row) => row.map((x, i) => (x - centre[i]) * factor));
      const found = await source.load(6, inputScale);
      assert.equal(found.d_in, d_in);
      assertNear(found.train, h(kept), 1e-6);
      assertNear(found.test.subarray(), h(held), 1e-6);
      const scaling = await source.scaling(6, inputScale);
      assert.deepEqual(scaling, found.scaling);
      assertNear([...Array.from(scaling.mean), scaling.scale], [...centre, factor], 1e-9);
    }
  });

test("without a column, a share of the rows is for testing: 0.2, or the one given", async () => {
  const file = await npy("a.npy");
  for (const [testShare, tests] of [
    [undefined, 6],
    [0.5, 15],
  ] as const) {
    const { train, test: held } = await (await open(one(file, { testShare }), { firstPosition: "kept" })).load(
      6,
      "raw",
    );
    assert.deepEqual([train.length, held.length], [(30 - tests) * d_in, tests * d_in]);
    const rows = [...train, ...held.subarray()].reduce<number[][]>((all, x, i) => {
      if (i % d_in === 0) all.push([]);
      all.at(-1)!.push(x);
      return all;
    }, []);
    assert.deepEqual(new Set(rows.map(String)), new Set(vectors.map(String)), "every row in one part");
  }
});

test("layers of the same tokens are split alike", async () => {
  const negative = vectors.map((row) => row.map((x) => -x));
  const files = [
    { layer: 6, file: await npy("a.npy") },
    { layer: 14, file: await npy("b.npy", negative) },
  ];
  const source = await open({ files });
  const [a, b] = [await source.load(6, "raw"), await source.load(14, "raw")];
  assert.deepEqual(
    b.test.subarray(),
    a.test.subarray().map((x) => -x),
  );
});

test("a layer's file of captured activations is also one of own activations, with the same numbers", async () => {
  const rows = {
    vector: Float32Array.from(vectors.flat()),
    source: new Int8Array(30),
    split: Int8Array.from(parts, (part) => (part === "test" ? 1 : 0)),
    document: new Int32Array(30),
    sequence: new Int32Array(30),
    position: new Int16Array(30),
    token: new Int32Array(30),
  };
  await writePiece(at("piece.arrow"), d_in, ["a"], rows, "float32");
  const file = at("captured.arrow");
  await joinPieces(file, [at("piece.arrow")], {
    d_in,
    sources: ["a"],
    firstPosition: "dropped",
    about: { model: "toy" },
  });
  await recordHash(file);
  const own = await open(one(file));
  for (const inputScale of scales)
    assert.deepEqual(await own.load(6, inputScale), scaled(await loadActivations(file), inputScale));
});

test("the description has the width, each file's sha256 and how many vectors it has", async () => {
  const [a, b] = [await npy("a.npy"), await arrow("b.arrow", vectorsOf(9, "b"), parts.slice(0, 9))];
  const own = {
    files: [
      { layer: 14, file: b },
      { layer: 6, file: a },
    ],
  };
  assert.deepEqual(await describeOwnActivations(own), {
    d_in,
    hashes: {
      "layer-6": `sha256:${sha256(npyBytes(vectors))}`,
      "layer-14": `sha256:${sha256(arrowBytes([{ vector: vectorData(vectorsOf(9, "b")), split: textData(parts.slice(0, 9)) }]))}`,
    },
    counts: { "layer-6": 30, "layer-14": 9 },
  });
});

test("the source names each layer's file; another layer is a wrong use", async () => {
  const [a, b] = [await npy("a.npy"), await npy("b.npy", vectorsOf(40, "b"))];
  const files = [
    { layer: 14, file: b },
    { layer: 6, file: a },
  ];
  const source = await open({ files }, { firstPosition: "kept" });
  assert.deepEqual(source.layers, [
    { layer: 6, state: "present", file: a },
    { layer: 14, state: "present", file: b },
  ]);
  assert.match(source.key, /^[0-9a-f]{16}$/);
  assert.match(source.keyOf(14, "raw"), /^[0-9a-f]{16}\/layer-14\/raw$/);
  assert.equal((await source.load(14, "raw")).train.length, 32 * d_in);
  for (const use of [() => source.keyOf(7, "raw"), () => source.load(7, "raw"), () => source.scaling(7, "raw")])
    await assert.rejects(async () => use(), /layer 7: expected a layer of the own activations, 6, 14/);
});

test("the keys change with what a training sees, and with nothing else", async () => {
  const key = async (own: OwnActivations, options = {}) => (await open(own, options)).keyOf(6, "raw");
  const file = await npy("a.npy");
  const known = await key(one(file));
  mkdirSync(at("elsewhere"), { recursive: true });
  cpSync(file, at("elsewhere/other.npy"));
  assert.equal(await key(one(at("elsewhere/other.npy"))), known, "the path");
  assert.equal(await key(one(file), { batchSize: 7 }), known, "the batch");
  assert.equal(await key(one(file, { testShare: 0.2 })), known, "the default by name");
  const other = { layer: 14, file: await npy("b.npy", vectorsOf(20, "b")) };
  assert.equal(await key({ files: [other, { layer: 6, file }] }), known, "another layer beside it");
  assert.notEqual((await open({ files: [other, { layer: 6, file }] })).key, (await open(one(file))).key);

  const changed = [
    await key(one(file, { testShare: 0.3 })),
    await key(one(file), { firstPosition: "kept" }),
    await key(one(await npy("c.npy", vectors.with(3, [1, 2, 3, 4])))),
    (await open(one(file))).keyOf(6, "sqrtWidth"),
    (await open({ files: [{ layer: 7, file }] })).keyOf(7, "raw"),
  ];
  assert.equal(new Set([...changed, known]).size, 6);
});

test("of an Arrow file, the columns taken are in the key; a share or documents that would not be used are refused", async () => {
  const columns = {
    vector: vectorData(vectors),
    h: vectorData(vectors.map((row) => row.map((x) => 2 * x))),
    part: textData(parts),
    page: dictionaryData(
      vectors.map((_, row) => row % 10),
      [..."abcdefghij"],
    ),
  };
  const file = await written(at("columns.arrow"), arrowBytes([columns]));
  const key = async (more: Partial<OwnActivations>) => (await open(one(file, more))).keyOf(6, "raw");
  const plain = await key({});
  assert.equal(await key({ column: "vector" }), plain);
  const split = await key({ splitColumn: "part" });
  for (const [name, more] of [
    ["testShare 0.4", { testShare: 0.4 }],
    ["documentColumn page", { documentColumn: "page" }],
  ] as const) {
    const own = one(file, { splitColumn: "part", ...more });
    const expected = new RegExp(
      `columns\\.arrow: expected no .*, since column part says .*; found ${name}\\. Leave it out, or `,
    );
    for (const use of [describeOwnActivations, open])
      await assert.rejects(use(own), (error) => {
        assert.ok(error instanceof SncError && error.failure === "usage", String(error));
        assert.match(error.message, expected);
        return true;
      });
  }
  const [said, drawn] = [await arrow("said.arrow"), await npy("drawn.npy")];
  const files = [said, drawn].map((of, i) => ({ layer: i, file: of }));
  assert.equal((await open({ files, testShare: 0.4 })).layers.length, 2, "one of them uses the share");
  const others = [plain, split, await key({ column: "h" }), await key({ documentColumn: "page" })];
  assert.equal(new Set(others).size, 4);
});

test("a file that changes after it was opened is not trained on", async () => {
  const source = await open(one(await npy("a.npy")));
  await npy("a.npy", vectorsOf(30, "other"));
  await assert.rejects(source.load(6, "raw"), /a\.npy: expected the content it was opened with, found other content/);
  await assert.rejects(source.scaling(6, "raw"), /found other content/);
});

async function assertInputError(use: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(use, (error) => {
    assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
    assert.match(error.message, message);
    return true;
  });
}

/** Refused by both: what names a result set, and what trains. */
async function assertRefused(own: unknown, message: RegExp): Promise<void> {
  await assertInputError(describeOwnActivations(own as OwnActivations), message);
  await assertInputError(open(own as OwnActivations), message);
}

test("refused where it is said: no file, a layer twice, a layer below 0, a share outside (0, 1), what nobody knows", async () => {
  const file = await npy("a.npy");
  await assertRefused({ files: [] }, /expected one file or more, found none/);
  await assertRefused(
    {
      files: [
        { layer: 6, file },
        { layer: 6, file },
      ],
    },
    /one file a layer, found two or more of layer 6/,
  );
  await assertRefused({ files: [{ layer: -1, file }] }, /expected a layer from 0/);
  await assertRefused({ files: [{ layer: 1.5, file }] }, /expected a whole number/);
  await assertRefused({ files: [{ layer: 1, file: "" }] }, /expected a path, found none/);
  for (const testShare of [0, 1, -0.2, 1.5])
    await assertRefused(
      one(file, { testShare }),
      new RegExp(`expected a share above 0 and below 1, found ${testShare}`),
    );
  await assertRefused({ ...one(file), share: 0.2 }, /Unrecognized key: "share"/);
});

test("the schema leaves paths as they are said; a relative one is of the working directory", async () => {
  const relative = path.relative(process.cwd(), await npy("a.npy"));
  const own = one(relative, { testShare: 0.3 });
  assert.deepEqual(ownActivationsSchema.parse(own), own);
  assert.deepEqual((await open(own)).layers, [{ layer: 6, state: "present", file: at("a.npy") }]);
});

test("refused before anything is read: widths that differ, too few rows for a batch, no row for testing", async () => {
  const narrow = await npy(
    "narrow.npy",
    vectors.map((row) => row.slice(1)),
  );
  const files = [
    { layer: 6, file: await npy("a.npy") },
    { layer: 14, file: narrow },
  ];
  await assertRefused({ files }, /narrow\.npy: expected vectors of 4 numbers, as of layer 6, found 3 \(layer 14\)/);
  const own = one(await npy("a.npy"));
  const tooFew = /expected 25 training vectors, one batch, or more \(layer 6\), found 24 for training and 6/;
  await assertInputError(open(own, { batchSize: 25 }), tooFew);
  await open(own, { batchSize: 24 });
  const noTest = /expected test vectors \(layer 6\), found 30 for training and 0/;
  await assertInputError(open({ ...own, testShare: 0.01 }), noTest);
  const trainOnly = await arrow(
    "train.arrow",
    vectors,
    parts.map(() => "train"),
  );
  await assertInputError(open(one(trainOnly)), /expected test vectors.*Change column split/);
  const valid = await arrow("valid.arrow", vectors, parts.with(4, "valid"));
  const word = /expected train or test in every row of column split, found "valid" in row 4/;
  await assertInputError(open(one(valid)), word);
});
