import path from "node:path";
import { openSafetensors } from "../../src/model/safetensors.js";
import { float32, makeGguf, string, type Tensor, uint32, type Value } from "./make-gguf.js";
import { fixtures } from "./paths.js";

/**
 * llama-tiny as llama.cpp would store it: its names, innermost dimension first, rows of q and k interleaved. `more`: metadata added;
 * `unembedding` [128, 48]: a tensor of its own in place of the embedding.
 */
export async function llamaTinyAsGguf(
  more: Record<string, Value> = {},
  unembedding?: Float32Array,
): Promise<Uint8Array> {
  const from = await openSafetensors(path.join(fixtures, "models", "llama-tiny", "model.safetensors"));
  const names = { q_proj: "attn_q", k_proj: "attn_k", v_proj: "attn_v", o_proj: "attn_output" } as Record<
    string,
    string
  >;
  Object.assign(names, { gate_proj: "ffn_gate", up_proj: "ffn_up", down_proj: "ffn_down" });
  Object.assign(names, { input_layernorm: "attn_norm", post_attention_layernorm: "ffn_norm" });
  const tensors: Tensor[] = [];
  for (const [name, { shape }] of from.tensors) {
    const [, block, part] = name.match(/layers\.(\d+)\..*?(\w+)\.weight$/) ?? [];
    const values = await from.readFloat32(name);
    const stored = part === "q_proj" || part === "k_proj" ? interleaved(values, 8, 48) : values;
    const ggufName = block
      ? `blk.${block}.${names[part]}.weight`
      : name.includes("embed")
        ? "token_embd.weight"
        : "output_norm.weight";
    tensors.push({ name: ggufName, shape, type: 0, bytes: new Uint8Array(stored.buffer) });
  }
  await from.close();
  if (unembedding)
    tensors.push({ name: "output.weight", shape: [128, 48], type: 0, bytes: new Uint8Array(unembedding.buffer) });
  const l = "llama.";
  return makeGguf({
    metadata: {
      "general.architecture": string("llama"),
      [`${l}block_count`]: uint32(4),
      [`${l}embedding_length`]: uint32(48),
      [`${l}feed_forward_length`]: uint32(96),
      [`${l}attention.head_count`]: uint32(6),
      [`${l}attention.head_count_kv`]: uint32(2),
      [`${l}rope.dimension_count`]: uint32(8),
      [`${l}rope.freq_base`]: float32(100000),
      [`${l}attention.layer_norm_rms_epsilon`]: float32(1e-5),
      ...more,
    },
    tensors,
  });
}

/** llama.cpp's reshape(heads, 2, headDim / 2, width).swapaxes(1, 2). */
function interleaved(rows: Float32Array, headDim: number, width: number): Float32Array {
  const out = new Float32Array(rows.length);
  for (let row = 0; row < rows.length / width; row++) {
    const [head, within] = [Math.floor(row / headDim), row % headDim];
    const to = head * headDim + 2 * (within % (headDim / 2)) + Math.floor(within / (headDim / 2));
    out.set(rows.subarray(row * width, (row + 1) * width), to * width);
  }
  return out;
}
