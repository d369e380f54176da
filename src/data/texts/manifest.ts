import path from "node:path";
import { Ajv } from "ajv";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { cacheFolder, packageFolder, readJson } from "../../base/files.js";

/** The Data Package that pins the model and the text sources. */
export const manifestFile: string = path.join(packageFolder, "data-manifests", "datapackage.json");

const regularExpression = z.string().refine(compiles, "expected a regular expression");
const exactVersion = z.string().regex(/^\d+(\.\d+)*$/, "expected an exact version");

/** What every pinned package says: `files` matches the paths inside the package that are taken. */
const pinned = { version: exactVersion, bytes: z.int().positive(), files: regularExpression, notice: z.string() };

const packageSchema = z.discriminatedUnion("registry", [
  z.strictObject({
    registry: z.literal("npm"),
    name: z.string().regex(/^(@[a-z0-9-]+\/)?[a-z0-9][a-z0-9._-]*$/, "expected a package name"),
    integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, "expected sha512-… in base64, as npm writes it"),
    ...pinned,
  }),
  z.strictObject({
    registry: z.literal("pypi"),
    name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "expected a package name"),
    integrity: z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected sha256:… in hex, as pip writes it"),
    ...pinned,
  }),
]);

/** A file of the Data Package and the packages it is made from; other properties of the standard are kept as they are. */
const resourceSchema = z.looseObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  path: z.string().regex(/^[a-z]+\/[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected folder/file"),
  bytes: z.int().positive(),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected sha256:… in hex"),
  licenses: z.array(z.looseObject({ name: z.string(), path: z.string(), title: z.string() })).min(1),
  sources: z.array(z.looseObject({ title: z.string(), path: z.string() })).min(1),
  packages: z.array(packageSchema).min(1),
});

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "expected a version like 1.0.0"),
  resources: z
    .array(resourceSchema)
    .min(1)
    .refine((all) => new Set(all.map((r) => r.name)).size === all.length, "two resources have one name"),
});

export type PinnedPackage = z.infer<typeof packageSchema>;
export type InputResource = z.infer<typeof resourceSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** The Data Package at `file`, checked against the standard's schema and ours. */
export async function readManifest(file: string = manifestFile): Promise<Manifest> {
  const descriptor = await readJson(file).catch((error) => {
    throw new SncError("input", `${file}: expected JSON, found: ${error.message}`, { cause: error });
  });
  const violations = await violationsOfStandard(descriptor);
  if (violations.length > 0) throw invalid(file, "Data Package 2.0", violations);
  const parsed = manifestSchema.safeParse(descriptor);
  if (!parsed.success)
    throw invalid(
      file,
      "what `snc inputs` needs",
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`),
    );
  return parsed.data;
}

/** Where a descriptor breaks the Data Package 2.0 standard; empty when it keeps it. */
export async function violationsOfStandard(descriptor: unknown): Promise<string[]> {
  const schemaFile = path.join(packageFolder, "data-manifests", "schemas", "datapackage-2.0.json");
  // Not strict: the published schema carries keywords for editors. Formats are only hints in it.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile((await readJson(schemaFile)) as object);
  if (validate(descriptor)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath || "the whole"}: ${error.message}`);
}

const invalid = (file: string, standard: string, problems: string[]): SncError =>
  new SncError(
    "input",
    `${file}: does not keep ${standard}:\n  ${problems.join("\n  ")}\nRestore the file: git checkout ${path.basename(file)}, or install the package again`,
  );

/** The folder the inputs of this manifest lie in; with `datapackage.json` in it, it is a Data Package of its own. */
export const inputsFolder = (manifest: Manifest): string => path.join(cacheFolder(), "inputs", manifest.version);

/** Where the input of this name lies once fetched. */
export const inputPath = (manifest: Manifest, name: string): string =>
  path.join(inputsFolder(manifest), ...resourceNamed(manifest, name).path.split("/"));

/** The resource of this name. */
export function resourceNamed(manifest: Manifest, name: string): InputResource {
  const resource = manifest.resources.find((r) => r.name === name);
  if (resource) return resource;
  const known = manifest.resources.map((r) => r.name).join(", ");
  throw new SncError("usage", `no input is named "${name}". There are: ${known}`);
}

function compiles(pattern: string): boolean {
  try {
    return Boolean(new RegExp(pattern));
  } catch {
    return false;
  }
}
