import path from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { SncError } from "../../base/errors.js";
import { exists, readJson } from "../../base/files.js";
import { once } from "../../base/once.js";
import { openGguf } from "../gguf.js";
import { beginningOf } from "./bos.js";
import { makeEncoder } from "./encode.js";
import { tokenizerJsonOf } from "./gguf.js";
import { readTokenizerJson, type TokenizerJson } from "./json.js";

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
    return makeTokenizer(readTokenizerJson(source, tokenizerJsonOf(gguf)), addsBos ? bos : null);
  }
  const folder = source.endsWith(".safetensors") ? path.dirname(source) : source;
  const files = { json: path.join(folder, "tokenizer.json"), config: path.join(folder, "tokenizer_config.json") };
  if (!(await exists(files.json)))
    throw new SncError("input", `${files.json}: expected the model's tokenizer, found none. Run: snc inputs fetch`);
  const json = readTokenizerJson(files.json, await readJsonFile(files.json));
  const config = (await exists(files.config)) ? await readJsonFile(files.config) : undefined;
  return makeTokenizer(json, beginningOf(files, json, config));
}

const readJsonFile = (file: string): Promise<unknown> =>
  readJson(file).catch((error: Error) => {
    throw new SncError("input", `${file}: expected JSON, found: ${error.message}. Download the file again`);
  });

function makeTokenizer(json: TokenizerJson, bos: number | null): Tokenizer {
  const { added_tokens, decoder, model } = json;
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null };
  // Its way back, which needs no merges, and is made where it is asked for: it takes seconds for a large vocabulary.
  const back = once(
    () =>
      new HuggingFaceTokenizer(
        { ...parts, added_tokens, decoder, model: { ...model, merges: [] } },
        { clean_up_tokenization_spaces: false },
      ),
  );
  return {
    bos,
    encode: makeEncoder(json),
    decode: (ids) => {
      const list = [...ids];
      return list.length === 0 ? "" : back().decode(list);
    },
  };
}
