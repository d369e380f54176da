import { howToSetUp } from "../base/files.js";
import { cpuLevel } from "./kernels.js";
import { findNative, hasNvidiaDriver, libraries, namedBuild, wantedBackend } from "./native-files.js";

/**
 * How far any last measurement of Runs 0 to 9 on WebAssembly may be from native TensorFlow's, as a share of it, at the profile
 * smoke: test/suites/wasm/ holds it. Sums are added in another order there, which a count of pairs above a limit shows most.
 */
export const wasmTolerance = 0.01;

/** What computing on WebAssembly costs, as every text says it. */
export const costOfWasm = `slower than native TensorFlow, within ${100 * wasmTolerance} % of its measurements at the profile smoke`;

/** Why a backend is not the best that this machine can have: what that costs, and what mends it. */
export interface Shortcoming {
  what: string;
  todo: string;
  /** The setting that says that this is meant, after which nothing is said. */
  meant: string;
}

/** What is asked of a backend here (choose.ts). */
interface Chosen {
  name: string;
  device: string;
  kernels: string;
  passedOver: readonly string[];
}

/** What a backend lacks that this machine can have and that the user has not declined; undefined where there is nothing. */
export function shortcomingOf({ name, device, kernels, passedOver }: Chosen): Shortcoming | undefined {
  const { SNC_BACKEND, SNC_KERNELS } = process.env;
  if (name === "wasm" && wantedBackend() !== "wasm" && !SNC_BACKEND)
    return {
      what: `WebAssembly computes, ${costOfWasm} (${passedOver.join("; ")})`,
      todo: `${howToSetUp} brings native TensorFlow`,
      meant: "SNC_BACKEND=wasm",
    };
  if (name !== "native" || device === "gpu") return undefined;
  if (hasNvidiaDriver() && namedBuild() !== "cpu")
    return {
      what: "the processor computes, though there is an NVIDIA GPU",
      todo: findNative()?.build === "cuda" ? cudaNeeds : `${howToSetUp} brings TensorFlow's build with CUDA`,
      meant: "SNC_TENSORFLOW=cpu",
    };
  if (kernels === "none" && cpuLevel() !== undefined && SNC_KERNELS !== "off")
    return {
      what: "this package's own kernels are not compiled for this processor: a training step takes longer",
      todo: `${howToSetUp} compiles them`,
      meant: "SNC_KERNELS=off",
    };
  return undefined;
}

const cudaNeeds = `the CUDA build of TensorFlow finds no GPU: ${libraries.cuda.package} ${libraries.cuda.version} needs CUDA 12 and cuDNN 9 on the library path`;

/** Tells on standard error what a backend lacks; in a notebook this is output of the cell that chose it. */
export function warnOf(backend: Chosen): void {
  const found = shortcomingOf(backend);
  if (!found) return;
  const { what, todo, meant } = found;
  process.stderr.write(
    `\nWARNING (selective-neural-competition): ${what}.\n  Better: ${todo}.\n  If this is meant, ${meant} says so, and this warning goes.\n\n`,
  );
}
