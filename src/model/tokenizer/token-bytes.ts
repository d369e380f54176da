import path from "node:path";
import { SncError } from "../../base/errors.js";
import { exists, readJson } from "../../base/files.js";
import { openGguf } from "../gguf.js";
import { tokenizerJsonOf } from "./gguf.js";
import { readTokenizerJson, type TokenizerJson } from "./json.js";

/** The bytes of a token's text, in UTF-8 or a part of it. Throws an input error for an id that is no token's. */
export type TokenBytes = (token: number) => Uint8Array;

/**
 * The bytes of every token of a model: of the tokenizer in a .gguf file's metadata, or of the tokenizer.json in a folder or beside
 * a .safetensors file. Unlike decoding, which gives whole texts, this says where one token ends within a character.
 */
export async function loadTokenBytes(source: string): Promise<TokenBytes> {
  return tokenBytesOf(source, await tokenizerJsonAt(source));
}

async function tokenizerJsonAt(source: string): Promise<TokenizerJson> {
  if (source.endsWith(".gguf")) {
    const gguf = await openGguf(source);
    await gguf.close();
    return readTokenizerJson(source, tokenizerJsonOf(gguf));
  }
  const file = path.join(source.endsWith(".safetensors") ? path.dirname(source) : source, "tokenizer.json");
  if (!(await exists(file)))
    throw new SncError("input", `${file}: expected the model's tokenizer, found none. Run: snc inputs fetch`);
  return readTokenizerJson(file, await readJson(file));
}

/** The same of a tokenizer.json that has been read; `from` names it in errors. */
export function tokenBytesOf(
  from: string,
  json: Pick<TokenizerJson, "added_tokens" | "decoder" | "model">,
): TokenBytes {
  const names = new Map(Object.entries(json.model.vocab).map(([name, id]) => [id, name]));
  const added = new Map(json.added_tokens.map(({ id, content }) => [id, content]));
  const bytesOf = decoderOf(json);
  return (token) => {
    const content = added.get(token);
    if (content !== undefined) return Buffer.from(content);
    const name = names.get(token);
    if (name !== undefined) return bytesOf(name);
    throw new SncError("input", `${from}: expected a token of its vocabulary, found the id ${token}`);
  };
}

type Decoder = NonNullable<TokenizerJson["decoder"]>;

/** What a decoder makes of one token's name. Steps about a whole text, such as the space taken off its start, are left out. */
function decoderOf({ decoder }: Pick<TokenizerJson, "decoder">): (name: string) => Uint8Array {
  const steps: Exclude<Decoder, { type: "Sequence" }>[] =
    decoder === null ? [] : decoder.type === "Sequence" ? decoder.decoders : [decoder];
  if (steps.some(({ type }) => type === "ByteLevel")) return bytesOfSigns;
  const fallsBack = steps.some(({ type }) => type === "ByteFallback");
  return (name) => {
    const [, hex] = (fallsBack && /^<0x([0-9A-F]{2})>$/.exec(name)) || [];
    if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
    return Buffer.from(steps.reduce(plainText, name));
  };
}

function plainText(name: string, step: Exclude<Decoder, { type: "Sequence" }>): string {
  if (step.type === "Metaspace") return name.replaceAll(step.replacement, " ");
  if (step.type === "Replace" && "String" in step.pattern)
    return name.replaceAll(step.pattern.String, () => step.content);
  return name;
}

/** Byte-level: a sign a byte, as GPT-2 has them; a name with another sign stands for itself. */
function bytesOfSigns(name: string): Uint8Array {
  const bytes = Array.from(name, (sign) => byteOfSign.get(sign));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : Buffer.from(name);
}

/** GPT-2's sign for each byte is the byte where it can be seen, else the next sign from U+0100 on. */
const byteOfSign = ((): Map<string, number> => {
  let next = 256;
  const isSeen = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  return new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(isSeen(byte) ? byte : next++), byte]));
})();
