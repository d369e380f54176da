import path from "node:path";
import { exists } from "../../../base/files.js";
import { type ArrowColumns, openArrow } from "./arrow.js";
import { openNpy } from "./npy.js";
import { openTensor } from "./safetensors.js";
import { refusal, type VectorFile, writeAgain } from "./vector-file.js";

type Format = "arrow" | "safetensors" | "npy";

/** An Arrow file or stream is told by its first bytes, whatever its ending. */
const endings: Record<string, Format> = {
  ".arrow": "arrow",
  ".arrows": "arrow",
  ".feather": "arrow",
  ".ipc": "arrow",
  ".npy": "npy",
  ".safetensors": "safetensors",
};

/** Reads the head of a file of vectors: which column holds them, how many there are, how wide they are. */
export async function openVectorFile(file: string, columns: ArrowColumns): Promise<VectorFile> {
  if (!(await exists(file))) throw refusal(file, "a file of vectors", "none", "Check the path");
  const of = await openAs(formatOf(file, columns), file, columns);
  if (of.rows === 0) throw refusal(file, "vectors", "none", writeAgain);
  if (of.d_in === 0) throw refusal(file, "vectors of one number or more", "vectors of none", writeAgain);
  return of;
}

function openAs(format: Format, file: string, columns: ArrowColumns): Promise<VectorFile> {
  if (format === "arrow") return openArrow(file, columns);
  return format === "npy" ? openNpy(file) : openTensor(file, columns.column);
}

/** The format by the file's ending. Throws where the format has no columns of the kind asked for. */
function formatOf(file: string, columns: ArrowColumns): Format {
  const ending = path.extname(file).toLowerCase();
  const format = Object.hasOwn(endings, ending) ? endings[ending] : undefined;
  if (!format)
    throw refusal(
      file,
      `a name that ends in ${Object.keys(endings).join(", ")}`,
      ending || "no ending",
      "Save the vectors in one of these formats (docs/own-activations.md)",
    );
  const { column, splitColumn, documentColumn } = columns;
  const named = {
    column: format === "npy" ? column : undefined,
    "split column": splitColumn,
    "document column": documentColumn,
  };
  for (const [what, name] of format === "arrow" ? [] : Object.entries(named))
    if (name !== undefined) throw refusal(file, `a format that has a ${what} (${name})`, ending, "Leave it out");
  return format;
}
