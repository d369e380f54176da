import { type Precision, precisions } from "../../src/backend/precision.js";
import { stream } from "../../src/base/random.js";
import { inputPath, readManifest } from "../../src/data/texts/manifest.js";
import { type Decoder, loadDecoder } from "../../src/model/decoder.js";
import { countCalls, printProfile } from "../profile/call-profile.js";
import type { Comparison } from "./comparison.js";
import type { Peer } from "./peer.js";

const [batch, length, blocks] = [8, 128, 23];
/** Weights of a block of SmolLM2-135M: query, key, value and output of attention, three matrices of the perceptron. */
const weightsPerBlock = 576 * (576 + 192 + 192 + 576) + 3 * 576 * 1536;

/** `--only decoder-profile`: where a pass's time goes, by operation. */
export async function profileDecoder(): Promise<void> {
  const spent = countCalls();
  for (const precision of precisions) {
    const decoder = await smolLM2(precision);
    const pass = (): void => void decoder.forward(someTokens(), [batch, length], [6, 14, 22]);
    pass();
    await printProfile(`decoder, ${precision}, ${batch * length} tokens`, spent, 5, pass);
    decoder.dispose();
  }
}

const smolLM2 = async (precision: Precision): Promise<Decoder> =>
  loadDecoder(inputPath(await readManifest(), "smollm2-135m-instruct"), { blocks, precision });

function someTokens(): Int32Array {
  const random = stream(2, "tokens");
  return Int32Array.from({ length: batch * length }, () => random.integer(49152));
}

/** Our decoder through SmolLM2's first 23 blocks, three of them captured, against transformers' of the same shape and precision. */
export async function decoderComparison(precision: Precision, peer: Peer): Promise<Comparison> {
  const startedAt = performance.now();
  const decoder = await smolLM2(precision);
  process.stderr.write(
    `decoder: ${blocks} blocks read and turned in ${Math.round(performance.now() - startedAt)} ms\n`,
  );
  const tokens = someTokens();
  return {
    name: `decoder, SmolLM2-135M, ${blocks} blocks, ${batch} sequences of ${length}, ${precision}`,
    unit: "tokens/s",
    async ours() {
      const startedAt = performance.now();
      await decoder.forward(tokens, [batch, length], [6, 14, 22]);
      return (1000 * batch * length) / (performance.now() - startedAt);
    },
    peers: [
      {
        name: "transformers",
        goal: 1,
        measure: async () =>
          (1000 * batch * length) / (await peer.milliseconds("decoder", { blocks, batch, length, precision })),
      },
    ],
    flops: 2 * blocks * weightsPerBlock,
    async end() {
      decoder.dispose();
      await peer.forget();
    },
  };
}
