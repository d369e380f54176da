import { createRequire } from "node:module";
import path from "node:path";
import type * as TF from "@tensorflow/tfjs";
import { SncError } from "../base/errors.js";
import { howToSetUp } from "../base/files.js";
import { loadNative, loadTfjsNode } from "./load-tensorflow.js";
import { type Precision, precisionOfProducts, setPrecision } from "./precision.js";
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
let chosen: Promise<Omit<Backend, "precision">> | undefined;
/** Whether somebody has asked for the precision that there is now. */
let isPrecisionAsked = false;

/**
 * Chooses the backend once a process: the first of native, node, wasm that loads; `SNC_BACKEND=native|node|wasm` allows only
 * that one. One that is not the best this machine can have is told on standard error, with its cost and the command that
 * brings the better one, unless it was asked for. `precision`: that of all matrix products from now on; where it is left out,
 * that which there is. Throws a usage error where another has been asked for in this process, an environment error where no
 * backend loads.
 */
export async function chooseBackend(precision?: Precision): Promise<Backend> {
  chosen ??= choose();
  const backend = await chosen;
  if (precision !== undefined) choosePrecision(precision, backend.name);
  return { ...backend, precision: precisionOfProducts() };
}

function choosePrecision(precision: Precision, backend: BackendName): void {
  const now = precisionOfProducts();
  if (isPrecisionAsked && now !== precision)
    throw new SncError(
      "usage",
      `precision ${precision}: expected ${now}, in which this process computes. Open it in a process of its own, or restart the kernel`,
    );
  if (precision === "bfloat16" && backend === "wasm")
    throw new SncError(
      "environment",
      `precision bfloat16: expected native TensorFlow, found wasm. Run: ${howToSetUp}, or take float32`,
    );
  isPrecisionAsked = true;
  setPrecision(precision);
}

async function choose(): Promise<Omit<Backend, "precision">> {
  const wanted = process.env.SNC_BACKEND;
  if (wanted && !backendNames.includes(wanted as BackendName))
    throw new SncError("usage", `SNC_BACKEND: expected ${backendNames.join(", ")}, found "${wanted}"`);
  const candidates = wanted ? [wanted as BackendName] : backendNames;
  const passedOver: string[] = [];
  for (const name of candidates) {
    try {
      const loaded = await loaders[name]();
      const backend = { ...loaded, passedOver };
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
