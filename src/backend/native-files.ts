import { existsSync } from "node:fs";
import path from "node:path";
import { SncError } from "../base/errors.js";
import { cacheFolders, sha256 } from "../base/files.js";
import type { Tarball } from "../base/tarball.js";
import type { Wheel } from "../base/wheel.js";
import { cpuLevel, kernelSources } from "./kernels.js";
import { sharedNames, sharedTfjs } from "./shared-tfjs.js";

/*
 * Where native TensorFlow lies: in the cache folder, and nowhere else. It is no dependency of this package, because npm would
 * run tfjs-node-gpu's install script, which downloads another, older libtensorflow (390 MB, from storage that many networks do
 * not reach) and fails the whole install where it cannot. What lay in node_modules would be gone after each `npm ci`.
 */

/** libtensorflow built without and with CUDA 12. */
export type Build = "cpu" | "cuda";

/** cp311 is as good as any: only C libraries and headers are taken. Both wheels are one release. */
const tags = { python: "3.11", abi: "cp311", platforms: ["manylinux_2_17_x86_64", "manylinux2014_x86_64"] };
export const libraries: Record<Build, Wheel> = {
  cpu: {
    package: "tensorflow-cpu",
    version: "2.18.1",
    bytes: 230_236_181,
    sha256: "810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298",
    tags,
  },
  cuda: {
    package: "tensorflow",
    version: "2.18.1",
    bytes: 615_510_377,
    sha256: "c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828",
    tags,
  },
};

/** TensorFlow's backend for tfjs, JavaScript and the C++ of its addon; of the version of tfjs that package.json pins. */
export const tfjsNode: Tarball = {
  name: "@tensorflow/tfjs-node-gpu",
  version: "4.22.0",
  integrity: "sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==",
};

/** All else that its JavaScript needs. */
export const protobuf: Tarball = {
  name: "google-protobuf",
  version: "3.21.4",
  integrity: "sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==",
};

/** Which backend this platform is set up for: `native` on Linux x64, `node` where tfjs-node ships its own library. */
export function wantedBackend(): "native" | "node" | "wasm" {
  if (process.platform === "linux") return process.arch === "x64" ? "native" : "wasm";
  return process.platform === "darwin" || process.platform === "win32" ? "node" : "wasm";
}

/** Whether an NVIDIA driver is loaded. */
export const hasNvidiaDriver = (): boolean => existsSync("/proc/driver/nvidia/version");

/** The build that `SNC_TENSORFLOW=cpu|cuda` names, if it is set. */
export function namedBuild(): Build | undefined {
  const named = process.env.SNC_TENSORFLOW;
  if (!named) return undefined;
  if (named === "cpu" || named === "cuda") return named;
  throw new SncError("usage", `SNC_TENSORFLOW: expected cpu or cuda, found "${named}"`);
}

/** The build to set up: the one that is named, else that with CUDA where an NVIDIA driver is loaded. */
export const wantedBuild = (): Build => namedBuild() ?? (hasNvidiaDriver() ? "cuda" : "cpu");

/** What one build consists of, by path; each file and folder is there whole or not at all. */
export interface NativeFiles {
  build: Build;
  /** Folder of libtensorflow and its C headers. */
  library: string;
  /** Folder of `tfjsNode` and what it requires. */
  tfjs: string;
  /** `tfjsNode`'s addon, compiled against the library. */
  addon: string;
  /** This package's kernels for the processor here; undefined for CUDA, and where the processor is not known. */
  kernels: string | undefined;
}

const hashOf = (...parts: string[]): string => sha256(parts.join(" "));

/** Where a build lies in a cache folder; nothing need be there. */
export function nativeFiles(cache: string, build: Build): NativeFiles {
  const wheel = libraries[build];
  const library = path.join(cache, "libtensorflow", `${wheel.package}-${wheel.version}-${wheel.sha256.slice(0, 8)}`);
  const { version: headers } = require("node-api-headers/package.json") as { version: string };
  const compiled = (name: string, ...madeOf: string[]): string =>
    path.join(cache, "addon", `${name}-${hashOf(...madeOf).slice(0, 12)}.node`); // the library's path is in it
  const level = build === "cpu" ? cpuLevel() : undefined;
  return {
    build,
    library,
    tfjs: path.join(
      cache,
      "tfjs-node",
      `${tfjsNode.version}-${hashOf(tfjsNode.integrity, protobuf.integrity, sharedTfjs, ...sharedNames).slice(0, 8)}`,
    ),
    addon: compiled("tfjs_binding", library, `${tfjsNode.version} ${headers}`),
    kernels: level && compiled(`snc_kernels.${level}`, library, kernelSources().id, headers),
  };
}

/** The cache folder in which a build is complete, kernels aside; undefined where none is. */
export const cacheWith = (build: Build): string | undefined =>
  cacheFolders().find((cache) => {
    const { library, tfjs, addon } = nativeFiles(cache, build);
    return [library, tfjs, addon].every((file) => existsSync(file));
  });

/** The build to compute with: the wanted one, else the other, unless one is named; undefined where it is not set up. */
export function findNative(): NativeFiles | undefined {
  const builds: Build[] = namedBuild() ? [wantedBuild()] : wantedBuild() === "cpu" ? ["cpu", "cuda"] : ["cuda", "cpu"];
  for (const build of builds) {
    const cache = cacheWith(build);
    if (cache !== undefined) return nativeFiles(cache, build);
  }
  return undefined;
}

/** macOS and Windows: the folder into which set-up has npm install tfjs-node, with its own installer, and what says that it is done. */
export const installedTfjsNode = (cache: string): { folder: string; complete: string } => {
  const folder = path.join(cache, "tfjs-node", `installed-${tfjsNode.version}`);
  return { folder, complete: path.join(folder, "complete") };
};
