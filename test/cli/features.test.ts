import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-features-"));
after(() => rmSync(results, { recursive: true }));
const features = (...args: string[]) => snc(["features", "--profile", "smoke", ...args], { SNC_RESULTS: results });

test("snc features: what names no training, or two things at once, is refused before anything is opened", async () => {
  for (const [args, message] of [
    [[], /Missing required argument: layer/],
    [["--layer", "6"], /--run: expected the run whose features are shown, or --method, --variation or --autoencoder/],
    [["--layer", "6", "--run", "9.5"], /--run: expected one whole number, found 9\.5/],
    [["--layer", "6", "--run", "9", "--tokens", "train"], /Choices: "test", "all"/],
    [["--layer", "6", "--run", "9", "--autoencoder", "x"], /Arguments autoencoder and run are mutually exclusive/],
    [["--layer", "6", "--autoencoder", "x", "--against-run", "0"], /mutually exclusive/],
  ] as const) {
    const { code, stdout, stderr } = await features(...args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(results), []);
});

test("snc features --help says what a page shows and what it takes", async () => {
  const { code, stdout } = await features("--help");
  assert.equal(code, 0);
  for (const words of [/page of a training's features/, /--against-run/, /--autoencoder/, /--tokens/, /side by side/])
    assert.match(stdout.replace(/\s+/g, " "), words);
});
