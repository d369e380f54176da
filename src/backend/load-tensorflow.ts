import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type * as TF from "@tensorflow/tfjs";
import { cacheFolders } from "../base/files.js";
import { loadKernels } from "./kernels.js";
import { findNative, installedTfjsNode } from "./native-files.js";
import { shareTfjs } from "./shared-tfjs.js";

/** TensorFlow as it was loaded; what a backend records of it. */
interface Loaded<Name extends string> {
  name: Name;
  device: "gpu" | "cpu";
  version: string;
  kernels: string;
}

/** tfjs-node's backend and its addon, as far as they are asked here. */
interface TensorFlowBackend extends TF.KernelBackend {
  binding: Binding;
  isUsingGpuDevice: boolean;
}
interface Binding {
  TF_Version: string;
}
interface BackendModule {
  NodeJSKernelBackend: new (binding: Binding, packageName: string) => TensorFlowBackend;
}

const load = createRequire(__filename);

/**
 * libtensorflow as set-up has put it into the cache folder. Done here is what tfjs-node-gpu's own index.js does, without its
 * search for an addon in node_modules. Throws where nothing is set up.
 */
export async function loadNative(): Promise<Loaded<"native">> {
  const files = findNative();
  if (!files) throw new Error("it is not set up");
  const tf = prepare();
  const binding: Binding = load(files.addon); // first: nothing is registered where it does not load
  const module = (name: string): unknown => load(path.join(files.tfjs, "package", "dist", `${name}.js`));
  const { NodeJSKernelBackend } = module("nodejs_kernel_backend") as BackendModule;
  module("register_all_kernels");
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node-gpu"), 3);
  if (!(await tf.setBackend("tensorflow"))) throw new Error("TensorFlow's backend did not start");
  const device = deviceOf(tf);
  return {
    name: "native",
    device,
    version: binding.TF_Version,
    kernels: device === "cpu" ? loadKernels(files.kernels) : "none",
  };
}

/** tfjs-node with its own library: as set-up has installed it into the cache folder, else as the project has it. */
export async function loadTfjsNode(): Promise<Loaded<"node">> {
  const tf = prepare();
  const installed = cacheFolders()
    .map(installedTfjsNode)
    .find(({ complete }) => existsSync(complete));
  const name = "@tensorflow/tfjs-node";
  load(installed ? path.join(installed.folder, "node_modules", name) : name);
  await tf.ready();
  const { binding } = tf.backend() as TensorFlowBackend;
  return { name: "node", device: deviceOf(tf), version: binding.TF_Version, kernels: "none" };
}

const deviceOf = (tf: typeof TF): "gpu" | "cpu" =>
  (tf.backend() as TensorFlowBackend).isUsingGpuDevice ? "gpu" : "cpu";

/** What TensorFlow is told before it is loaded, by its own variables alone: it reads no other settings. */
function prepare(): typeof TF {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  // oneDNN's products, on processors too where TensorFlow prefers Eigen's: those add up in an order that follows the number of
  // threads, so that trainings side by side would differ from trainings in turn.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";
  // On a GPU: products in float32, not in TF32's 10 bits, and memory as it is needed, so that processes can share it.
  process.env.NVIDIA_TF32_OVERRIDE ??= "0";
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  // Two functions tfjs-node calls that Node 23 removed.
  const util = load("node:util") as Record<string, unknown>;
  util.isNullOrUndefined ??= (v: unknown) => v === null || v === undefined;
  util.isArray ??= Array.isArray;
  const tf: typeof TF = load("@tensorflow/tfjs");
  shareTfjs(tf);
  return tf;
}
