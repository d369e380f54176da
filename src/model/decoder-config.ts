import { z } from "zod";
import { SncError } from "../base/errors.js";
import { unknownKeys } from "./config-keys.js";
import type { GgufFile } from "./gguf.js";

/** What distinguishes one decoder of the Llama family from another. Gemma-2 is Llama with other values of the fields from `normOffset` on. */
export interface DecoderConfig {
  /** Width of the residual stream. */
  d_in: number;
  blocks: number;
  heads: number;
  /** Heads of keys and values, each shared by heads / kvHeads query heads. */
  kvHeads: number;
  headDim: number;
  d_mlp: number;
  vocabulary: number;
  ropeTheta: number;
  normEpsilon: number;
  /** 1 where a norm multiplies by 1 + w, 0 where it multiplies by w. */
  normOffset: 0 | 1;
  /** Whether attention and MLP outputs are normalised before they are added to the residual stream. */
  postNorms: boolean;
  /** The gate's activation: SwiGLU or GeGLU (tanh form). */
  activation: "silu" | "gelu";
  /** Embedding rows are multiplied by this. */
  embeddingScale: number;
  /** Scores are multiplied by this before the cap and the mask. */
  attentionScale: number;
  /** c: scores become c · tanh(scores / c); null: they stay. */
  attentionCap: number | null;
  /** c: logits become c · tanh(logits / c); null: they stay. */
  logitCap: number | null;
  /** Whether the unembedding is the embedding; else it is a tensor of its own. */
  isTied: boolean;
  /** For each block, how many tokens a query sees, itself included; null: all before it. */
  windows: (number | null)[];
}

const count = z.int().positive();
const rope = z.record(z.string(), z.unknown());
const common = {
  hidden_size: count,
  num_hidden_layers: count.max(1000), // each makes an entry below: a hostile count must not decide how many
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  vocab_size: count,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive().nullish(),
  rope_parameters: rope.nullish(),
  rope_scaling: rope.nullish(),
  tie_word_embeddings: z.boolean().nullish(),
};
const published = z.discriminatedUnion("model_type", [
  z.object({ ...common, model_type: z.literal("llama"), hidden_act: z.literal("silu").default("silu") }),
  z.object({
    ...common,
    model_type: z.literal("gemma2"),
    hidden_activation: z.literal("gelu_pytorch_tanh").nullish(),
    hidden_act: z.string().nullish(), // the name before hidden_activation, which alone counts
    query_pre_attn_scalar: z.number().positive(),
    attn_logit_softcapping: z.number().positive().nullish(),
    final_logit_softcapping: z.number().positive().nullish(),
    sliding_window: count.nullish(),
    layer_types: z.array(z.enum(["sliding_attention", "full_attention"])).nullish(),
  }),
]);

/** The configuration that a model's published config.json describes; `file` is named where it does not fit. */
export function configOfJson(file: string, json: unknown): DecoderConfig {
  const parsed = published.safeParse(json);
  if (!parsed.success)
    throw misfit(file, "a Llama or Gemma-2 configuration", z.prettifyError(parsed.error).replaceAll("\n", " "));
  const c = parsed.data;
  const [unknown] = unknownKeys(json as Record<string, unknown>, new Set(Object.keys(c)));
  if (unknown) throw misfit(file, "keys that a Llama or Gemma-2 forward pass knows", unknown);
  const bases = [
    ...rotaryBase(file, "rope_parameters", c.rope_parameters ?? {}),
    ...rotaryBase(file, "rope_scaling", c.rope_scaling ?? {}),
    ...(c.rope_theta ? [c.rope_theta] : []),
  ];
  if (new Set(bases).size > 1) throw misfit(file, "one rope_theta", bases.join(" and "));
  const headDim = c.head_dim ?? c.hidden_size / c.num_attention_heads;
  const gemma = c.model_type === "gemma2" ? c : undefined;
  const windows = Array.from({ length: c.num_hidden_layers }, (_, block) => {
    if (!gemma?.sliding_window) return null;
    const type = gemma.layer_types ? gemma.layer_types[block] : block % 2 === 0 ? "sliding_attention" : null;
    return type === "sliding_attention" ? gemma.sliding_window : null;
  });
  return checked(file, {
    d_in: c.hidden_size,
    blocks: c.num_hidden_layers,
    heads: c.num_attention_heads,
    kvHeads: c.num_key_value_heads ?? c.num_attention_heads,
    headDim,
    d_mlp: c.intermediate_size,
    vocabulary: c.vocab_size,
    ropeTheta: bases[0] ?? 10_000,
    normEpsilon: c.rms_norm_eps,
    normOffset: gemma ? 1 : 0,
    postNorms: gemma !== undefined,
    activation: gemma ? "gelu" : "silu",
    embeddingScale: gemma ? Math.fround(Math.sqrt(c.hidden_size)) : 1,
    attentionScale: (gemma?.query_pre_attn_scalar ?? headDim) ** -0.5,
    attentionCap: gemma?.attn_logit_softcapping ?? null,
    logitCap: gemma?.final_logit_softcapping ?? null,
    isTied: c.tie_word_embeddings ?? gemma !== undefined, // what each kind of model has where nothing is said
    windows,
  });
}

/** The base that an entry about rotary embeddings gives, if it does; throws where it asks for more than plain ones. */
function rotaryBase(file: string, key: string, entry: Record<string, unknown>): number[] {
  const fail = (name: string) =>
    misfit(file, "plain rotary embeddings", `${key}.${name} ${JSON.stringify(entry[name])}`);
  for (const [name, value] of Object.entries(entry)) {
    const isPlain =
      name === "rope_theta"
        ? typeof value === "number" && value > 0
        : name === "rope_type" || name === "type"
          ? value === "default"
          : name === "partial_rotary_factor" && value === 1;
    if (value !== null && !isPlain) throw fail(name);
  }
  return typeof entry.rope_theta === "number" ? [entry.rope_theta] : [];
}

/** What `configOfGguf` reads, and what leaves the vectors as they are. Another key counts only as 0, which switches it off. */
const ggufKeys: ReadonlySet<string> = new Set([
  ...["block_count", "embedding_length", "feed_forward_length", "attention.head_count", "attention.head_count_kv"],
  ...["attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon"],
  ...["rope.freq_base", "rope.dimension_count", "rope.scaling.type"],
  ...["context_length", "vocab_size", "rope.scaling.original_context_length", "rope.scaling.finetuned"],
]);

/** The configuration in a GGUF file's metadata; only the Llama architecture is read from this format. */
export function configOfGguf({ file, metadata, tensors }: GgufFile): DecoderConfig {
  const architecture = metadata.get("general.architecture");
  if (architecture !== "llama") throw misfit(file, "general.architecture llama", String(architecture));
  const number = (key: string, otherwise?: number): number => {
    const value = metadata.get(`llama.${key}`) ?? otherwise;
    if (typeof value !== "number") throw misfit(file, `a number for llama.${key}`, String(value));
    return value;
  };
  const scaling = metadata.get("llama.rope.scaling.type") ?? "none";
  if (scaling !== "none" || tensors.has("rope_freqs.weight"))
    throw misfit(file, "plain rotary embeddings", `scaling ${scaling}`);
  const heads = number("attention.head_count");
  const headDim = number("attention.key_length", number("embedding_length") / heads);
  if (number("rope.dimension_count", headDim) !== headDim)
    throw misfit(file, `llama.rope.dimension_count = ${headDim}`, String(number("rope.dimension_count")));
  for (const [key, value] of metadata)
    if (key.startsWith("llama.") && !ggufKeys.has(key.slice("llama.".length)) && value !== 0)
      throw misfit(file, "metadata that a Llama forward pass knows", `${key} = ${String(value).slice(0, 80)}`);
  if (number("attention.value_length", headDim) !== headDim)
    throw misfit(file, `llama.attention.value_length = ${headDim}`, String(number("attention.value_length")));
  if ((metadata.get("split.count") ?? 1) !== 1) throw misfit(file, "a model in one file", "split.count above 1");
  const blocks = number("block_count");
  // A hostile count must not decide how much is made below: each block has tensors of its own.
  if (!(blocks <= tensors.size)) throw misfit(file, `at most ${tensors.size} blocks`, String(blocks));
  return checked(file, {
    d_in: number("embedding_length"),
    blocks,
    heads,
    kvHeads: number("attention.head_count_kv", heads),
    headDim,
    d_mlp: number("feed_forward_length"),
    vocabulary: tensors.get("token_embd.weight")?.shape[0] ?? 0,
    ropeTheta: number("rope.freq_base", 10_000),
    normEpsilon: number("attention.layer_norm_rms_epsilon"),
    normOffset: 0,
    postNorms: false,
    activation: "silu",
    embeddingScale: 1,
    attentionScale: headDim ** -0.5,
    attentionCap: null,
    logitCap: null,
    isTied: !tensors.has("output.weight"),
    windows: new Array(Math.max(0, Math.floor(blocks) || 0)).fill(null),
  });
}

function checked(file: string, config: DecoderConfig): DecoderConfig {
  for (const key of ["d_in", "blocks", "heads", "kvHeads", "headDim", "d_mlp", "vocabulary"] as const)
    if (!Number.isSafeInteger(config[key]) || config[key] < 1)
      throw misfit(file, `a whole number above 0 for ${key}`, String(config[key]));
  for (const key of ["ropeTheta", "normEpsilon"] as const)
    if (!(config[key] > 0 && Number.isFinite(config[key])))
      throw misfit(file, `a number above 0 for ${key}`, String(config[key]));
  if (config.heads % config.kvHeads !== 0)
    throw misfit(file, "as many query heads for each key head", `${config.heads} for ${config.kvHeads}`);
  if (config.headDim % 2 !== 0) throw misfit(file, "an even head dimension", String(config.headDim));
  return config;
}

const misfit = (file: string, expected: string, found: string): SncError =>
  new SncError(
    "input",
    `${file}: expected ${expected}, found ${found}. Run: snc inputs check, or name another model: --model-dir`,
  );
