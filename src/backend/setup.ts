import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rename, rm, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { runNpm, runProgram } from "../base/command.js";
import { SncError, throwIfStopped } from "../base/errors.js";
import {
  cacheFolder,
  cacheFolders,
  exists,
  howToSetUp,
  makeFolder,
  replaceFile,
  writeFileAtomic,
  writeJson,
} from "../base/files.js";
import { type Reporter, silent } from "../base/progress.js";
import { downloadTarball, unpackTarball } from "../base/tarball.js";
import { unpackWheel, type Wheel } from "../base/wheel.js";
import { kernelSources } from "./kernels.js";
import {
  cacheWith,
  installedTfjsNode,
  libraries,
  nativeFiles,
  protobuf,
  tfjsNode,
  wantedBackend,
  wantedBuild,
} from "./native-files.js";
import { sharedNames, sharedTfjs } from "./shared-tfjs.js";

/*
 * tfjs-node-gpu's own installer downloads libtensorflow and the addon from storage that many networks do not reach.
 * The same C library lies in TensorFlow's wheels; the addon is two C++ files. native-files.ts says where both are kept.
 */

export interface SetupOptions {
  report?: Reporter;
  signal?: AbortSignal;
}

/** Makes this platform's TensorFlow backend ready; does only what is missing. Throws where it cannot be had. */
export async function setUpBackend(options: SetupOptions = {}): Promise<void> {
  const wanted = wantedBackend();
  if (wanted === "native") await setUpNative(options);
  else if (wanted === "node") await installTfjsNode(options);
  else throw new SncError("environment", `no TensorFlow library for ${process.platform}-${process.arch}`);
}

async function setUpNative({ report = silent, signal }: SetupOptions): Promise<void> {
  const build = wantedBuild();
  const { library, tfjs, addon, kernels } = nativeFiles(cacheWith(build) ?? cacheFolder(), build);
  const compileMissing = async (title: string, to: string, sources: string[], flags: string[]): Promise<void> => {
    if (await exists(to)) return;
    const compiler = await findCompiler();
    report.line(`native TensorFlow: compiling ${title} with ${compiler}`);
    await compileAddon({ compiler, library, sources, flags, to, signal });
  };
  if (!(await exists(addon))) await findCompiler(); // before a large download that would be in vain
  await provideLibrary(libraries[build], library, report, signal);
  await provideTfjs(tfjs, report, signal);
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => path.join(tfjs, "package", "binding", file));
  await compileMissing("the addon", addon, sources, ["-O2", `-I${tfjs}`]);
  if (!kernels) return;
  await compileMissing(`the kernels for ${levelOf(kernels)}`, kernels, ...kernelsCompilation(levelOf(kernels))).catch(
    (error) => {
      throwIfStopped(signal);
      report.line(`native TensorFlow: going on without ${path.basename(kernels)}, slower: ${error.message}`);
    },
  );
}

/** Of snc_kernels.x86-64-v4-….node: x86-64-v4. */
const levelOf = (kernels: string): string => /x86-64-v\d/.exec(path.basename(kernels))![0];

/** The sources of this package's kernels and the flags to compile them with. */
function kernelsCompilation(level: string): [sources: string[], flags: string[]] {
  const { files, id } = kernelSources();
  const vectors = level === "x86-64-v4" ? ["-mprefer-vector-width=512"] : [];
  const flags = ["-O3", "-fno-math-errno", "-pthread", `-march=${level}`, ...vectors, `-DSNC_KERNELS_ID="${id}"`];
  return [files.filter((file) => file.endsWith(".cc")), flags];
}

/** Unpacks the library into `folder`, with what the linker finds by -ltensorflow and -ltensorflow_framework. */
const provideLibrary = (wheel: Wheel, folder: string, report: Reporter, signal?: AbortSignal): Promise<void> =>
  provideFolder(folder, async (partial) => {
    report.line(`native TensorFlow: ${wheel.package} ${wheel.version} (once; kept in ${path.dirname(folder)})`);
    await unpackWheel(wheel, partial, libraryFile, { report, signal });
    await symlink("libtensorflow_cc.so.2", path.join(partial, "libtensorflow.so"));
    await symlink("libtensorflow_framework.so.2", path.join(partial, "libtensorflow_framework.so"));
  });

/** Unpacks tfjs-node-gpu, and beside it what it requires: protobuf, and the tfjs of whoever loads it. */
const provideTfjs = (folder: string, report: Reporter, signal?: AbortSignal): Promise<void> =>
  provideFolder(folder, async (partial) => {
    report.line(`native TensorFlow: ${tfjsNode.name} ${tfjsNode.version}`);
    const modules = path.join(partial, "node_modules");
    for (const [tarball, place, isTaken] of [
      [tfjsNode, path.join(partial, "package"), /^(dist|binding)\/|^package\.json$/],
      [protobuf, path.join(modules, protobuf.name), /^google-protobuf\.js$|^package\.json$|^LICENSE/],
    ] as const) {
      const file = await downloadTarball(tarball, partial, howToSetUp, signal);
      await unpackTarball(file, place, (name) => isTaken.test(name), signal);
      await rm(path.dirname(file), { recursive: true });
    }
    for (const name of sharedNames) await writeFileAtomic(path.join(modules, name, "index.js"), sharedTfjs);
  });

/** Lets `fill` make a folder under another name, then moves it to `folder`: what stands there is complete. */
async function provideFolder(folder: string, fill: (partial: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  const parent = path.dirname(folder);
  await makeFolder(parent);
  await removeAbandoned(parent);
  const partial = await mkdtemp(path.join(parent, ".partial-"));
  try {
    await fill(partial);
    await chmod(partial, 0o755); // of a temporary folder nobody else may see anything; a cache can be shared
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
  const nodeHeaders = path.join(path.dirname(require.resolve("node-api-headers/package.json")), "include");
  return replaceFile(to, async (temporary) => {
    await runProgram(
      compiler,
      [
        ...["-fPIC", "-shared", "-std=c++17", "-DNAPI_VERSION=8", ...flags],
        ...[nodeHeaders, path.join(library, "include")].map((include) => `-I${include}`),
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

/**
 * macOS and Windows: tfjs-node brings its own library there, by its own installer. In its final place, which that may write
 * into what it links. In the place of the tfjs that it asks for stands the one of whoever loads it.
 */
async function installTfjsNode({ report = silent, signal }: SetupOptions): Promise<void> {
  if (cacheFolders().some((cache) => existsSync(installedTfjsNode(cache).complete))) return;
  const { folder, complete } = installedTfjsNode(cacheFolder());
  const { version } = tfjsNode;
  report.line(`@tensorflow/tfjs-node ${version}: installing with its own installer (once; kept in ${folder})`);
  await rm(folder, { recursive: true, force: true }); // what a stopped installation has left
  for (const name of sharedNames) {
    await writeJson(path.join(folder, name, "package.json"), { name, version, main: "index.js" });
    await writeFileAtomic(path.join(folder, name, "index.js"), sharedTfjs);
  }
  await writeJson(path.join(folder, "package.json"), {
    private: true,
    dependencies: {
      "@tensorflow/tfjs-node": version,
      ...Object.fromEntries(sharedNames.map((name) => [name, `file:${name}`])),
    },
    overrides: Object.fromEntries(sharedNames.map((name) => [name, `$${name}`])),
  });
  await runNpm(["install", "--ignore-scripts=false"], { cwd: folder, signal });
  await writeFileAtomic(complete, "");
}
