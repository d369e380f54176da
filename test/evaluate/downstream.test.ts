import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { openDownstream, recovered } from "../../src/evaluate/downstream.js";
import { reconstructed } from "../../src/evaluate/reconstruct.js";
import { loadContinuation } from "../../src/model/continuation.js";
import { loadDecoder } from "../../src/model/decoder.js";
import { withBackend } from "../helpers/backend.js";
import {
  type EvaluationFixture,
  evaluationFixtureFiles,
  fixtureAutoencoder,
  readEvaluationFixture,
} from "../helpers/evaluation-fixtures.js";

withBackend();

/** The fixture's sequences through the model up to its block, and every position after the first replaced. */
async function textsOf({ model, block, tokens }: EvaluationFixture) {
  const decoder = await loadDecoder(model, { blocks: block + 1 });
  const length = tokens[0].length;
  const ids = Int32Array.from(tokens.flat());
  const x = decoder.forward(ids, [tokens.length, length], [block]).get(block)!;
  decoder.dispose();
  return { tokens: ids, length, x, isReplaced: Uint8Array.from(ids, (_, at) => Number(at % length > 0)) };
}

const near = (found: number, expected: number, name: string, tolerance = 1e-4): void =>
  assert.ok(Math.abs(found - expected) <= tolerance * Math.abs(expected), `${name}: ${found}, expected ${expected}`);

for (const file of evaluationFixtureFiles) {
  test(`${file}: CE, KL and what is recovered are those of the independent implementation`, async () => {
    const fixture = await readEvaluationFixture(file);
    const { ce, kl, ceRecovered, klRecovered } = fixture.expected.downstream;
    const texts = await textsOf(fixture);
    const model = await loadContinuation(fixture.model, { after: fixture.block });
    const downstream = openDownstream(model, texts);
    const sae = fixtureAutoencoder(fixture);
    const before = tf.memory().numTensors;
    near(downstream.none.ce, ce.none, "CE of none");
    const same = downstream.from(texts.x);
    near(same.ce, ce.none, "CE from x itself");
    assert.ok(Math.abs(same.kl) < 1e-6, `KL of x itself: ${same.kl}`);
    const mean = fixture.arrays.get("mean")!.values;
    const found = {
      sae: downstream.from(reconstructed(sae, texts.x)),
      mean: downstream.from(texts.x.map((_, at) => mean[at % mean.length])),
      zero: downstream.from(new Float32Array(texts.x.length)),
    };
    for (const name of ["sae", "mean", "zero"] as const) {
      near(found[name].ce, ce[name], `CE of ${name}`);
      near(found[name].kl, kl[name], `KL of ${name}`);
    }
    for (const name of ["mean", "zero"] as const) {
      near(
        recovered(found.sae.ce, { best: downstream.none.ce, worst: found[name].ce })!,
        ceRecovered[name],
        `CE, ${name}`,
      );
      near(recovered(found.sae.kl, { best: 0, worst: found[name].kl })!, klRecovered[name], `KL, ${name}`);
    }
    assert.equal(tf.memory().numTensors, before, "what a comparison makes is freed");
    for (const held of [downstream, sae, model]) held.dispose();
  });
}

test("a ratio of less than a thousandth of a nat is none", () => {
  assert.equal(recovered(1, { best: 1, worst: 1.0009 }), null);
  assert.equal(recovered(2, { best: 1, worst: 3 }), 0.5);
});

test("a row that is not replaced keeps the model's own activation", async () => {
  const fixture = await readEvaluationFixture(evaluationFixtureFiles[0]);
  const texts = await textsOf(fixture);
  const model = await loadContinuation(fixture.model, { after: fixture.block });
  const downstream = openDownstream(model, { ...texts, isReplaced: new Uint8Array(texts.tokens.length) });
  assert.equal(downstream.from(new Float32Array(texts.x.length)).ce, downstream.none.ce);
  for (const held of [downstream, model]) held.dispose();
});
