import path from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { SncError } from "../base/errors.js";
import { exists, readJson } from "../base/files.js";
import { type GgufFile, type GgufValue, openGguf } from "./gguf.js";

/** Text to a model's token ids and back. */
export interface Tokenizer {
  /** The ids of a text, without `bos`; names of special tokens in the text become those tokens, as in the reference. */
  encode(text: string): Int32Array;
  decode(ids: Iterable<number>): string;
  /** The token that the model expects before every sequence; null where it was trained without one. */
  bos: number | null;
}

/** Loads the tokenizer in a .gguf file's metadata, or the tokenizer.json in a folder or beside a .safetensors file. */
export async function loadTokenizer(source: string): Promise<Tokenizer> {
  if (source.endsWith(".gguf")) {
    const gguf = await openGguf(source);
    await gguf.close();
    const { metadata } = gguf;
    const bos = metadata.get("tokenizer.ggml.bos_token_id");
    const addsBos = metadata.get("tokenizer.ggml.add_bos_token") === true && typeof bos === "number";
    return makeTokenizer(tokenizerJson(gguf), addsBos ? bos : null);
  }
  const folder = source.endsWith(".safetensors") ? path.dirname(source) : source;
  const file = path.join(folder, "tokenizer.json");
  if (!(await exists(file)))
    throw new SncError("input", `${file}: expected the model's tokenizer, found none. Run: snc inputs fetch`);
  const tokenizer = await readJson(file)
    .then((json) => makeTokenizer(json as object, null))
    .catch((error: Error) => {
      throw new SncError("input", `${file}: expected a tokenizer, found: ${error.message}. Download the file again`);
    });
  // A post-processor that adds a token before an empty text adds the same before every sequence.
  return { ...tokenizer, bos: tokenizer.first };
}

function makeTokenizer(json: object, bos: number | null): Tokenizer & { first: number | null } {
  const inner = new HuggingFaceTokenizer(json, { clean_up_tokenization_spaces: false });
  return {
    bos,
    first: inner.encode("").ids[0] ?? null,
    encode: (text) => Int32Array.from(inner.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) => {
      const list = [...ids];
      return list.length === 0 ? "" : inner.decode(list);
    },
  };
}

/** llama.cpp's numbers for kinds of tokens: found whole in a text before it is split (3: special, 4: added by a user). */
const control = 3;
const userDefined = 4;

// GPT-2's pattern: contractions, words, numbers, other signs, spaces; all but the last space before a word by themselves.
const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const split = (regex: string) => ({ type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false });

/**
 * How a text is cut before its pieces are merged, by the name in the metadata. "smollm": every digit by itself, then
 * byte level. The library's own `Digits` and `ByteLevel` know only 0–9 and JavaScript's white space; the published
 * tokenizer means Unicode's, which `Split` takes.
 */
const preTokenizers: Record<string, object> = {
  smollm: {
    type: "Sequence",
    pretokenizers: [
      split("\\p{N}"),
      split(gpt2),
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
};

/** The tokenizer.json that a byte-level GGUF's metadata stands for. */
export function tokenizerJson(gguf: Pick<GgufFile, "file" | "metadata">): object {
  const field = (name: string) => gguf.metadata.get(`tokenizer.ggml.${name}`);
  const fail = (expected: string, found: unknown): never => {
    throw new SncError("input", `${gguf.file}: expected ${expected}, found ${String(found).slice(0, 80)}`);
  };
  const list = <T extends GgufValue>(name: string, is: (v: GgufValue) => v is T): T[] => {
    const value = field(name);
    return Array.isArray(value) && value.every(is) ? (value as T[]) : fail(`a list for tokenizer.ggml.${name}`, value);
  };
  if (field("model") !== "gpt2") fail('tokenizer.ggml.model "gpt2" (byte-level pairs)', field("model"));
  const preTokenizer = Object.hasOwn(preTokenizers, String(field("pre")))
    ? preTokenizers[String(field("pre"))]
    : fail(`tokenizer.ggml.pre ${Object.keys(preTokenizers).join(", ")}`, field("pre"));

  const isString = (v: GgufValue): v is string => typeof v === "string";
  const tokens = list("tokens", isString);
  const kinds = list("token_type", (v): v is number => typeof v === "number");
  const merges = list("merges", isString).map((pair) => pair.split(" "));
  if (kinds.length !== tokens.length) fail(`${tokens.length} token types`, kinds.length);
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
