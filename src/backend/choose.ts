import { createRequire } from "node:module";
import path from "node:path";
import type * as TF from "@tensorflow/tfjs";
import { SncError } from "../base/errors.js";
import { howToSetUp } from "../base/files.js";
import { loadNative, loadTfjsNode } from "./load-tensorflow.js";
import { type Precision, setPrecision, wantedPrecision } from "./precision.js";
import { warnOf } from "./shortcoming.js";

/** native: libtensorflow by tfjs-node-gpu (GPU where CUDA is) · node: tfjs-node by its own installer · wasm: no native code. */
const backendNames = ["native", "node", "wasm"] as const;
type BackendName = (typeof backendNames)[number];

/** The tensor library a process computes with; recorded in every run.json. */
export interface Backend {
  name: BackendName;
  device: "gpu" | "cpu";
  /** Version of libtensorflow, or of the wasm backend. Results are bitwise equal only within one version. */
  version: string;
  /** This package's own operations in it: what they are compiled for and the hash of their sources, or `none`. */
  kernels: string;
  /** Of the factors of matrix products, the model's and the autoencoder's. */
  precision: Precision;
  /** Names of the candidates tried before this one, each with the reason it was passed over. */
  passedOver: string[];
}

const load = createRequire(__filename);
let chosen: Promise<Backend> | undefined;

/**
 * Chooses the backend once a process: the first of native, node, wasm that loads. One that is not the best this machine can
 * have is told on standard error, with its cost and the command that brings the better one, unless it was asked for.
 * `SNC_BACKEND=native|node|wasm` allows only that one; `SNC_PRECISION=bfloat16` multiplies in it, as `--precision` does.
 */
export function chooseBackend(): Promise<Backend> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<Backend> {
  const wanted = process.env.SNC_BACKEND;
  if (wanted && !backendNames.includes(wanted as BackendName))
    throw new SncError("usage", `SNC_BACKEND: expected ${backendNames.join(", ")}, found "${wanted}"`);
  const precision = wantedPrecision();
  const candidates = wanted ? [wanted as BackendName] : backendNames;
  const passedOver: string[] = [];
  for (const name of candidates) {
    try {
      const loaded = await loaders[name]();
      if (precision === "bfloat16" && name === "wasm") throw new Error("it has no bfloat16");
      setPrecision(precision);
      const backend = { ...loaded, precision, passedOver };
      warnOf(backend);
      return backend;
    } catch (error) {
      passedOver.push(`${name}: ${firstLine(error)}`);
    }
  }
  throw new SncError(
    "environment",
    `no tensor backend loads.\n  ${passedOver.join("\n  ")}\nRun: ${howToSetUp}, then: npx snc doctor`,
  );
}

type Loaded = Omit<Backend, "passedOver" | "precision">;

const loaders: Record<BackendName, () => Promise<Loaded>> = {
  native: loadNative,
  node: loadTfjsNode,
  async wasm() {
    const tf: typeof TF = load("@tensorflow/tfjs");
    const wasm: typeof import("@tensorflow/tfjs-backend-wasm") = load("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(
      `${path.join(path.dirname(load.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist")}/`,
    );
    if (!(await tf.setBackend("wasm"))) throw new Error("the WebAssembly backend did not start");
    await tf.ready();
    return { name: "wasm", device: "cpu", version: wasm.version_wasm, kernels: "none" };
  },
};

const firstLine = (error: unknown): string => String((error as Error)?.message ?? error).split("\n")[0];
