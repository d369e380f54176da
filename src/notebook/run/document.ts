import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ErrorObject, ValidateFunction } from "ajv";
import Ajv from "ajv-draft-04";
import { SncError } from "../../base/errors.js";
import { packageFolder, writeFileAtomic } from "../../base/files.js";
import { type Content, isRecord } from "../kernel/protocol.js";
import { bringToFormat, type Misfit, takeOut } from "./repair.js";

export interface StreamOutput {
  output_type: "stream";
  name: string;
  text: string;
}
interface DisplayOutput {
  output_type: "display_data";
  data: Content;
  metadata: Content;
}
interface ResultOutput {
  output_type: "execute_result";
  data: Content;
  metadata: Content;
  execution_count: number | null;
}
interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}
export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

export interface CodeCell {
  cell_type: "code";
  id: string;
  metadata: Content;
  source: string;
  outputs: Output[];
  execution_count: number | null;
}
interface TextCell {
  cell_type: "markdown" | "raw";
  id: string;
  metadata: Content;
  source: string;
  attachments?: Content;
}
export type Cell = CodeCell | TextCell;

/** A notebook of format 4.5 in memory: sources and texts are single strings, every cell has an id of its own. */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Content;
  cells: Cell[];
}

/** nbformat 4.5, vendored; what it does not know is invalid. */
const schemaFile = path.join(packageFolder, "data-manifests", "schemas", "nbformat.v4.5.schema.json");

let compiled: ValidateFunction | undefined;
function validator(): ValidateFunction {
  // The published schema has a misspelt keyword ("item"), which strict mode would refuse.
  compiled ??= new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
    JSON.parse(readFileSync(schemaFile, "utf8")),
  );
  return compiled;
}

const describeProblem = ({ instancePath, message, params }: ErrorObject): string => {
  const place =
    instancePath
      .slice(1)
      .replace(/\/(\d+)/g, "[$1]")
      .replace(/\//g, ".") || "notebook";
  const extra = typeof params.additionalProperty === "string" ? ` (${params.additionalProperty})` : "";
  return `${place} ${message}${extra}`;
};

/** Where a notebook, as in its file, differs from format 4.5. */
function misfits(notebook: unknown): ErrorObject[] {
  const validate = validator();
  if (validate(notebook)) return [];
  // `oneOf` repeats every alternative's complaint; the alternatives of another cell type say nothing.
  const errors = validate.errors ?? [];
  const telling = errors.filter((e) => e.keyword !== "oneOf" && !/\/(cell_type|output_type)$/.test(e.instancePath));
  return telling.length > 0 ? telling : errors;
}

/** The same in words; empty when it is valid. */
export const notebookProblems = (notebook: unknown): string[] => [...new Set(misfits(notebook).map(describeProblem))];

const joined = (text: unknown): unknown => (Array.isArray(text) ? text.join("") : text);

/** Lines with their ends, as notebook files hold text, so that diffs are by line. */
const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

const invalid = (file: string, problem: string): SncError =>
  new SncError("input", `${file}: ${problem}. Open it in JupyterLab and save it again, or: git checkout it`);

/** The JSON of a notebook's file. */
async function parsedNotebook(file: string): Promise<Content> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such notebook" : `it cannot be read (${error.message})`;
    throw new SncError("input", `${file}: ${why}`, { cause: error });
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw invalid(
      file,
      `expected a notebook in JSON, found ${text.trim() === "" ? "nothing" : (error as Error).message}`,
    );
  }
  if (isRecord(parsed) && parsed.nbformat === 4) return parsed;
  if (isRecord(parsed) && typeof parsed.nbformat === "number" && parsed.nbformat < 4)
    throw new SncError(
      "input",
      `${file}: expected a notebook of format 4, found format ${parsed.nbformat}. Run: jupyter nbconvert --to notebook --inplace ${file}`,
    );
  const found = isRecord(parsed) && parsed.nbformat !== undefined ? `format ${parsed.nbformat}` : "something else";
  throw invalid(file, `expected a notebook of format 4, found ${found}`);
}

/**
 * Reads a notebook of format 4 and checks it, after `refuse` has had its say. What decides nothing of an execution and does not fit format 4.5, as
 * older formats and other tools leave it, is brought to it or taken out.
 */
export async function readNotebook(file: string, refuse?: (notebook: Content) => void): Promise<Notebook> {
  const parsed = await parsedNotebook(file);
  refuse?.(parsed);
  bringToFormat(parsed);
  let errors = misfits(parsed);
  while (errors.length > 0 && takeOut(parsed, errors.map(misfitOf))) errors = misfits(parsed);
  if (errors.length > 0) {
    const problems = [...new Set(errors.map(describeProblem))].slice(0, 5);
    throw invalid(file, `not a valid notebook of format 4.5:\n  ${problems.join("\n  ")}\n`);
  }
  const notebook = parsed as unknown as Notebook;
  for (const cell of notebook.cells) {
    cell.source = joined(cell.source) as string;
    if (cell.cell_type === "code") cell.outputs.forEach(joinOutput);
  }
  return notebook;
}

const misfitOf = ({ instancePath, keyword, params }: ErrorObject): Misfit => ({
  instancePath,
  keyword,
  ...(typeof params.additionalProperty === "string" && { extra: params.additionalProperty }),
});

function joinOutput(output: Output): void {
  if (output.output_type === "stream") output.text = joined(output.text) as string;
  if (!("data" in output)) return;
  for (const [type, value] of Object.entries(output.data)) if (!isJson(type)) output.data[type] = joined(value);
}

const isJson = (mime: string): boolean => /^application\/(.*\+)?json$/.test(mime);
/** The mime types whose text notebook files hold as lines, as nbformat does. */
const isLines = (mime: string): boolean =>
  mime.startsWith("text/") || /^(application\/javascript|image\/svg\+xml)$/.test(mime);

/** The notebook as JSON.stringify should see it: texts as lists of lines. */
function asInFile(notebook: Notebook): unknown {
  const output = (o: Output): unknown => {
    if (o.output_type === "stream") return { ...o, text: lines(o.text) };
    if (!("data" in o)) return o;
    const data = Object.entries(o.data).map(([type, value]) => [
      type,
      typeof value === "string" && isLines(type) ? lines(value) : value,
    ]);
    return { ...o, data: Object.fromEntries(data) };
  };
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cell.source),
    ...(cell.cell_type === "code" ? { outputs: cell.outputs.map(output) } : {}),
  }));
  return { ...notebook, cells };
}

/** Text without half of a surrogate pair, for which UTF-8 has no bytes: other tools write empty files of it. */
const wellFormed = (text: string): string => (text as string & { toWellFormed(): string }).toWellFormed();

/** Keys in order, at every depth, as nbformat writes them; texts that every tool can write. */
const asWritten = (_key: string, value: unknown): unknown => {
  if (typeof value === "string") return wellFormed(value);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, inside]) => [wellFormed(key), inside] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Writes a notebook, whole or not at all, byte for byte as nbformat would; refuses to write an invalid one. */
export async function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  const content = asInFile(notebook);
  const problems = notebookProblems(content);
  if (problems.length > 0) {
    throw new SncError(
      "internal",
      `${file}: the executed copy would not be valid:\n  ${problems.slice(0, 5).join("\n  ")}`,
    );
  }
  await writeFileAtomic(file, `${JSON.stringify(content, asWritten, 1)}\n`);
}

/** The tags of a cell. */
export function tagsOf(cell: Cell): string[] {
  const { tags } = cell.metadata;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}
