import type { Argv, CommandModule } from "yargs";
import { throwIfStopped } from "../base/errors.js";
import { type GlobalOptions, printResult, reporterFor } from "./options.js";
import { stopSignal } from "./stop.js";

/** `snc setup`: brings native TensorFlow and this package's kernels. */
export const setupCommand: CommandModule<GlobalOptions, GlobalOptions> = {
  command: "setup",
  describe: "bring native TensorFlow, faster than WebAssembly; does only what is missing",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .usage(`$0 setup

Brings native TensorFlow, once a machine:
  1. downloads its C library by pip (230 MB; 616 MB with CUDA) and its backend for tfjs by npm (1 MB),
  2. compiles the addon between the two, and this package's own kernels for this processor.

Needs a C++ compiler, Python 3.9 or newer with pip, and 1 GB of disk. On macOS and Windows npm installs tfjs-node instead.
All of it lies in the cache folder, none in node_modules: it survives npm ci, and every project and checkout uses it.
Stopped with Ctrl-C, it leaves no half of anything; the next call goes on after the last step that was done.

Without it everything works, on WebAssembly, and says so. SNC_BACKEND=wasm says that this is meant.`)
      .example("snc setup", "set up what is missing, then say what computes")
      .example("SNC_TENSORFLOW=cpu snc setup", "the build without CUDA, on a machine with an NVIDIA driver")
      .example("CXX=clang++ snc setup", "with another compiler than g++")
      .example("SNC_CACHE=/data/cache snc setup", "into another folder than the user's cache")
      .epilogue(
        "What is set up: snc doctor. Set SNC_CACHE and SNC_TENSORFLOW the same way for what computes afterwards.",
      ),
  async handler(options) {
    const { setUpBackend } = await import("../backend/setup.js");
    await setUpBackend({ report: reporterFor(options), signal: stopSignal }).catch((error) => {
      throwIfStopped(stopSignal);
      throw error;
    });
    const { chooseBackend } = await import("../backend/choose.js");
    const backend = await chooseBackend();
    const { name, version, device, kernels } = backend;
    printResult(options, backend, () => `${name} ${version} on ${device}, own kernels: ${kernels}`);
  },
};
