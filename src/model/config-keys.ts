/*
 * A published config.json says more than a forward pass needs. Each key is read, known here to change no vector of the
 * residual stream, or refused by name: a key that nobody knows may be what makes a model another.
 */

/** Any value of these leaves every vector as it is. */
const harmlessKeys: ReadonlySet<string> = new Set([
  // Names, and how the model is stored or run.
  ...[
    "architectures",
    "model_type",
    "torch_dtype",
    "dtype",
    "transformers_version",
    "use_cache",
    "cache_implementation",
  ],
  ...["attn_implementation", "torchscript", "use_bfloat16", "return_dict", "output_attentions", "output_hidden_states"],
  ...["tokenizer_class", "prefix", "finetuning_task", "task_specific_params", "gradient_checkpointing"],
  ...["is_llama_config", "unsloth_fixed", "unsloth_version", "transformers.js_config", "use_unpad", "model_max_length"],
  // Training, and initial weights.
  ...["initializer_range", "attention_dropout", "hidden_dropout", "dropout", "embd_pdrop", "resid_pdrop", "attn_pdrop"],
  // How many ways products are split; their sum is the same.
  ...["pretraining_tp", "chunk_size_feed_forward", "tie_encoder_decoder"],
  // Rotary embeddings without scaling are the same at every length.
  "max_position_embeddings",
  // A Llama has none; where it counts it is read. Heads for other tasks.
  ...["final_logit_softcapping", "id2label", "label2id", "num_labels", "problem_type"],
  // Special tokens: which of them begins a sequence is the tokenizer's to say.
  ...["bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "mask_token_id"],
  ...["decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id"],
  // Generation, as old files have it.
  ...["max_length", "min_length", "max_new_tokens", "do_sample", "early_stopping", "num_beams", "num_beam_groups"],
  ...["diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty"],
  ...["no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores"],
  ...["return_dict_in_generate", "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens"],
  "begin_suppress_tokens",
]);

/** These leave every vector as it is with the values named; null and a key that is not there always do. */
const harmlessValues: Record<string, (value: unknown) => boolean> = {
  is_decoder: (value) => typeof value === "boolean", // a Llama is one either way
  is_encoder_decoder: isFalse,
  add_cross_attention: isFalse,
  attention_bias: isFalse,
  mlp_bias: isFalse,
  rope_interleaved: isFalse,
  use_sliding_window: isFalse,
  use_bidirectional_attention: isFalse,
  partial_rotary_factor: (value) => value === 1,
  pruned_heads: (value) => typeof value === "object" && Object.keys(value as object).length === 0,
  layer_types: (value) => Array.isArray(value) && value.every((type) => type === "full_attention"),
};

function isFalse(value: unknown): boolean {
  return value === false;
}

/** The keys of a configuration that are neither `read` nor known to be harmless, each with its value, as in the file. */
export function unknownKeys(json: Record<string, unknown>, read: ReadonlySet<string>): string[] {
  return Object.entries(json)
    .filter(([key, value]) => {
      // A leading _ marks what the Python library notes for itself, as where the file came from.
      if (read.has(key) || harmlessKeys.has(key) || key.startsWith("_")) return false;
      return value !== null && !(Object.hasOwn(harmlessValues, key) && harmlessValues[key](value));
    })
    .map(([key, value]) => `${key}: ${JSON.stringify(value).slice(0, 80)}`);
}
