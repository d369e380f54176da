/** The untouched model's perplexity, from a block on to the logits, is that of transformers. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { openDownstream } from "../../../src/evaluate/downstream.js";
import { loadContinuation } from "../../../src/model/continuation.js";
import { loadDecoder } from "../../../src/model/decoder.js";
import { withBackend } from "../../helpers/backend.js";
import { fixtures } from "../../helpers/paths.js";
import { pythonOrReason } from "../../helpers/python-environment.js";

withBackend();

const [sequences, length, block] = [6, 24, 1];
const tokens = Int32Array.from({ length: sequences * length }, (_, i) => (i * i * 29 + 7 * i) % 128);

/** exp of the mean cross entropy, by the two halves of the model in this package. */
async function perplexityOf(folder: string): Promise<number> {
  const decoder = await loadDecoder(folder, { blocks: block + 1 });
  const x = decoder.forward(tokens, [sequences, length], [block]).get(block)!;
  decoder.dispose();
  const model = await loadContinuation(folder, { after: block });
  const downstream = openDownstream(model, { tokens, length, x, isReplaced: new Uint8Array(tokens.length) });
  for (const held of [downstream, model]) held.dispose();
  return Math.exp(downstream.none.ce);
}

for (const name of ["llama-tiny", "gemma2-tiny"])
  test(`${name}: perplexity within a thousandth of transformers'`, async (t) => {
    const { program, reason } = await pythonOrReason(path.join(__dirname, "perplexity-requirements.txt"));
    if (!program) return t.skip(reason);
    const folder = path.join(fixtures, "models", name);
    const rows = Array.from({ length: sequences }, (_, i) => [...tokens.subarray(i * length, (i + 1) * length)]);
    const script = path.join(__dirname, "perplexity_check.py");
    const { perplexity } = JSON.parse(await runProgram(program, [script, folder, JSON.stringify(rows)]));
    const found = await perplexityOf(folder);
    t.diagnostic(`${found}, transformers ${perplexity}`);
    assert.ok(Math.abs(found / perplexity - 1) < 1e-3, `${found}, transformers ${perplexity}`);
  });
