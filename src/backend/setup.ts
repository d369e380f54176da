import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { runNpm, runProgram } from "../base/command.js";
import { SncError } from "../base/errors.js";
import { cacheFolder, exists, makeFolder, packageFolder, replaceFile, sha256 } from "../base/files.js";
import { type Reporter, silent } from "../base/progress.js";
import { unpackWheel, type Wheel } from "../base/wheel.js";
import { cpuLevel, kernelSources, kernelsPath } from "./kernels.js";

/*
 * tfjs-node-gpu's own installer downloads libtensorflow and the addon from storage that many networks do not reach.
 * The same C library lies in TensorFlow's wheels; the addon is two C++ files. Both are kept in the cache folder, so
 * that a second checkout, or `npm ci`, only links them again.
 */

/** cp311 is as good as any: only C libraries and headers are taken. Both wheels are one release, built without and with CUDA 12. */
const tags = { python: "3.11", abi: "cp311", platforms: ["manylinux_2_17_x86_64", "manylinux2014_x86_64"] };
export const libraries: Record<"cpu" | "cuda", Wheel> = {
  cpu: {
    package: "tensorflow-cpu",
    version: "2.18.1",
    sha256: "810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298",
    tags,
  },
  cuda: {
    package: "tensorflow",
    version: "2.18.1",
    sha256: "c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828",
    tags,
  },
};

const load = createRequire(__filename);
const folderOf = (packageName: string): string => path.dirname(load.resolve(`${packageName}/package.json`));
const versionOf = (packageName: string): string => load(`${packageName}/package.json`).version;

export interface SetupOptions {
  report?: Reporter;
  signal?: AbortSignal;
}

/** Which backend this platform is set up for: `native` on Linux x64, `node` where tfjs-node ships its own library. */
export function wantedBackend(): "native" | "node" | "wasm" {
  if (process.platform === "linux") return process.arch === "x64" ? "native" : "wasm";
  return process.platform === "darwin" || process.platform === "win32" ? "node" : "wasm";
}

/** The libtensorflow to link: `SNC_TENSORFLOW=cpu|cuda`, else the CUDA build where an NVIDIA driver is loaded. */
export function wantedLibrary(): "cpu" | "cuda" {
  const wanted = process.env.SNC_TENSORFLOW;
  if (wanted === "cpu" || wanted === "cuda") return wanted;
  if (wanted) throw new SncError("usage", `SNC_TENSORFLOW: expected cpu or cuda, found "${wanted}"`);
  return existsSync("/proc/driver/nvidia/version") ? "cuda" : "cpu";
}

/** Makes this platform's TensorFlow backend ready; does only what is missing. Throws where it cannot be had. */
export async function setUpBackend(options: SetupOptions = {}): Promise<void> {
  const wanted = wantedBackend();
  if (wanted === "native") await setUpNative(options);
  else if (wanted === "node") await installTfjsNode(options);
  else throw new SncError("environment", `no TensorFlow library for ${process.platform}-${process.arch}`);
}

async function setUpNative({ report = silent, signal }: SetupOptions): Promise<void> {
  const wheel = libraries[wantedLibrary()];
  const library = path.join(
    cacheFolder(),
    "libtensorflow",
    `${wheel.package}-${wheel.version}-${wheel.sha256.slice(0, 8)}`,
  );
  const provide = (addon: Addon): Promise<void> => provideAddon(addon, wheel, library, report, signal);
  await provide(await tfjsAddon(library));
  const kernels = await kernelsAddon(library);
  if (!kernels) return;
  await provide(kernels).catch((error) => {
    if (signal?.aborted) throw error;
    report.line(`native TensorFlow: going on without ${kernels.title}, slower: ${error.message}`);
  });
}

/** Makes an addon ready where Node finds it; does only what is missing. */
async function provideAddon(
  { kept, place, sources, flags, title }: Addon,
  wheel: Wheel,
  library: string,
  report: Reporter,
  signal?: AbortSignal,
): Promise<void> {
  if (!(await exists(kept)) || !(await exists(library))) {
    const compiler = await findCompiler(); // before a large download that would be in vain
    await provideLibrary(wheel, library, report, signal);
    report.line(`native TensorFlow: compiling ${title} with ${compiler}`);
    await compileAddon({ compiler, library, sources, flags, to: kept, signal });
  }
  if ((await exists(place)) && (await readFile(place)).equals(await readFile(kept))) return;
  await replaceFile(place, (temporary) => copyFile(kept, temporary));
  report.line(`native TensorFlow: linked ${title} to ${path.basename(library)}`);
}

/** An addon to compile against the library: its sources, where it is kept, and where Node finds it. */
interface Addon {
  title: string;
  sources: string[];
  flags: string[];
  kept: string;
  place: string;
}

const keptAddon = (name: string, ...madeOf: string[]): string =>
  path.join(cacheFolder(), "addon", `${name}-${sha256(madeOf.join(" ")).slice(0, 12)}.node`);

/** tfjs-node-gpu's own addon: one per library folder and version is kept. */
async function tfjsAddon(library: string): Promise<Addon> {
  const folder = folderOf("@tensorflow/tfjs-node-gpu");
  const versions = `${versionOf("@tensorflow/tfjs-node-gpu")} ${versionOf("node-api-headers")}`;
  return {
    title: "the addon",
    sources: ["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => path.join(folder, "binding", file)),
    flags: ["-O2", `-I${path.dirname(folder)}`],
    kept: keptAddon("tfjs_binding", library, versions),
    place: path.join(folder, "lib", "napi-v8", "tfjs_binding.node"),
  };
}

/** This package's kernels for the processor here; undefined where that is not known. */
async function kernelsAddon(library: string): Promise<Addon | undefined> {
  const level = cpuLevel();
  if (!level || wantedLibrary() === "cuda") return undefined;
  const { files, id } = kernelSources();
  const vectors = level === "x86-64-v4" ? ["-mprefer-vector-width=512"] : [];
  return {
    title: `the kernels for ${level}`,
    sources: files.filter((file) => file.endsWith(".cc")),
    flags: ["-O3", "-fno-math-errno", "-pthread", `-march=${level}`, ...vectors, `-DSNC_KERNELS_ID="${id}"`],
    kept: keptAddon(`snc_kernels.${level}`, library, id, versionOf("node-api-headers")),
    place: kernelsPath(level),
  };
}

/** Unpacks the library into `folder`. A folder there is complete: it is filled elsewhere, then renamed. */
async function provideLibrary(wheel: Wheel, folder: string, report: Reporter, signal?: AbortSignal): Promise<void> {
  if (await exists(folder)) return;
  const parent = path.dirname(folder);
  await makeFolder(parent);
  await removeAbandoned(parent);
  report.line(`native TensorFlow: downloading ${wheel.package} ${wheel.version} (once; kept in ${parent})`);
  const partial = await mkdtemp(path.join(parent, ".partial-"));
  try {
    await unpackWheel(wheel, partial, libraryFile, signal);
    for (const name of ["cc", "framework"]) {
      // what the linker finds by -ltensorflow and -ltensorflow_framework
      const linkName = name === "cc" ? "libtensorflow.so" : "libtensorflow_framework.so";
      await symlink(`libtensorflow_${name}.so.2`, path.join(partial, linkName));
    }
    await rename(partial, folder).catch(async (error) => {
      if (!(await exists(folder))) throw error; // else another process was first, with the same bytes
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Removes what set-ups that were killed have left: folders in the making that nobody has touched for an hour. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = path.join(parent, name);
    if (name.startsWith(".partial-") && Date.now() - (await stat(folder)).mtimeMs > 3_600_000)
      await rm(folder, { recursive: true, force: true });
  }
}

/** Where a file of the wheel goes: the two libraries and the C headers, nothing else. */
function libraryFile(name: string): string | undefined {
  const inside = name.replace(/^tensorflow\//, "");
  if (/^libtensorflow_(cc|framework)\.so\.2$/.test(inside)) return inside;
  const isHeader = /^include\/(tensorflow\/c\/|xla\/tsl\/c\/|(tensorflow\/core|tsl|xla\/tsl)\/platform\/ctstring)/;
  return isHeader.test(inside) ? inside : undefined;
}

interface Compilation {
  compiler: string;
  library: string;
  sources: string[];
  flags: string[];
  to: string;
  signal?: AbortSignal;
}

/** Compiles a Node addon against the library; the file is there whole or not at all. */
function compileAddon({ compiler, library, sources, flags, to, signal }: Compilation): Promise<void> {
  const includes = [path.join(folderOf("node-api-headers"), "include"), path.join(library, "include")];
  return replaceFile(to, async (temporary) => {
    await runProgram(
      compiler,
      [
        ...["-fPIC", "-shared", "-std=c++17", "-DNAPI_VERSION=8", ...flags],
        ...includes.map((include) => `-I${include}`),
        ...sources,
        ...[`-L${library}`, "-ltensorflow", "-ltensorflow_framework", `-Wl,-rpath,${library}`],
        ...["-o", temporary],
      ],
      { signal },
    );
  });
}

/** The C++ compiler: `CXX`, else the first of g++, clang++ and c++ that answers. */
export async function findCompiler(): Promise<string> {
  for (const compiler of process.env.CXX ? [process.env.CXX] : ["g++", "clang++", "c++"])
    if (await runProgram(compiler, ["--version"]).then(Boolean, () => false)) return compiler;
  throw new SncError("environment", "no C++ compiler (g++ or clang++). On Debian: apt-get install g++");
}

/** macOS and Windows: tfjs-node brings its own library there, by its own installer. */
async function installTfjsNode({ report = silent, signal }: SetupOptions): Promise<void> {
  const packageName = "@tensorflow/tfjs-node";
  if (await exists(path.join(packageFolder, "node_modules", packageName, "lib"))) return;
  report.line(`${packageName}: installing with its own installer`);
  const version = versionOf("@tensorflow/tfjs-node-gpu");
  await runNpm(["install", "--no-save", "--ignore-scripts=false", `${packageName}@${version}`], {
    cwd: packageFolder,
    signal,
  });
}
