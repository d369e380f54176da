import { SncError } from "../../base/errors.js";
import type { GgufFile, GgufValue } from "../gguf.js";

/** llama.cpp's numbers for kinds of tokens: found whole in a text before it is split (3: special, 4: added by a user). */
const control = 3;
const userDefined = 4;

/** How a text is cut before its pieces are merged, by the name in the metadata: as in the published tokenizer.json. */
const preTokenizers: Record<string, object> = {
  smollm: {
    type: "Sequence",
    pretokenizers: [
      { type: "Digits", individual_digits: true },
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    ],
  },
};

/** What is read below or by `loadTokenizer`, and what is not about the ids of a text. Another key counts only as false. */
const known =
  /^(model|pre|tokens|token_type|merges|scores|add_bos_token|add_eos_token|add_sep_token|\w+_token_id|\w+_token_ids)$/;

/** The tokenizer.json that a byte-level GGUF's metadata stands for. */
export function tokenizerJsonOf(gguf: Pick<GgufFile, "file" | "metadata">): object {
  const field = (name: string) => gguf.metadata.get(`tokenizer.ggml.${name}`);
  const fail = (expected: string, found: unknown): never => {
    throw new SncError("input", `${gguf.file}: expected ${expected}, found ${String(found).slice(0, 80)}`);
  };
  const list = <T extends GgufValue>(name: string, is: (v: GgufValue) => v is T): T[] => {
    const value = field(name);
    return Array.isArray(value) && value.every(is) ? (value as T[]) : fail(`a list for tokenizer.ggml.${name}`, value);
  };
  for (const [key, value] of gguf.metadata)
    if (key.startsWith("tokenizer.ggml.") && !known.test(key.slice("tokenizer.ggml.".length)) && value !== false)
      fail("tokenizer metadata whose effect on ids is known", `${key} = ${String(value)}`);
  if (field("model") !== "gpt2") fail('tokenizer.ggml.model "gpt2" (byte-level pairs)', field("model"));
  const preTokenizer = Object.hasOwn(preTokenizers, String(field("pre")))
    ? preTokenizers[String(field("pre"))]
    : fail(`tokenizer.ggml.pre ${Object.keys(preTokenizers).join(", ")}`, field("pre"));

  const isString = (v: GgufValue): v is string => typeof v === "string";
  const tokens = list("tokens", isString);
  const kinds = list("token_type", (v): v is number => typeof v === "number");
  const merges = list("merges", isString).map((pair) => pair.split(" "));
  if (kinds.length !== tokens.length) fail(`${tokens.length} token types`, kinds.length);
  const strange = kinds.find((kind) => !(kind >= 1 && kind <= 6));
  if (strange !== undefined) fail("token types from 1 (normal) to 6 (byte)", strange);
  if (new Set(tokens).size !== tokens.length) fail("each token once", "one twice");
  const odd = merges.find((pair) => pair.length !== 2);
  if (odd) fail("merges of two tokens", odd.join(" "));

  const added = tokens.flatMap((content, id) =>
    kinds[id] === control || kinds[id] === userDefined
      ? [
          {
            id,
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: kinds[id] === control,
          },
        ]
      : [],
  );
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      // Without a prototype, so that a token named __proto__ is one like any other.
      vocab: Object.assign(Object.create(null), Object.fromEntries(tokens.map((token, id) => [token, id]))),
      merges,
    },
  };
}
