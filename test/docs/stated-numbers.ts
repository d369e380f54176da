import type { Stated } from "../helpers/page-numbers.js";

/** By page: the texts with a quantity that no table has, each with the file that states, holds or tests it, in that file's words. */
export const stated: Readonly<Record<string, readonly Stated[]>> = {
  "README.md": [
    { says: "5 GB of disk", file: "src/cli/doctor.ts", by: "5 GB are needed" },
    { says: "6 GB of memory", file: "src/interop/snakefile.ts", by: "report: 6000" },
  ],
  "docs/artefact.md": [{ says: "95 % t intervals", file: "src/base/interval.ts", by: "probability = 0.95" }],
  "docs/files.md": [
    { says: "Process Run Crate 0.5", file: "src/interop/crate.ts", by: 'version: "0.5"' },
    { says: "of the last step, to 1e-6", file: "test/experiment/training/load.test.ts", by: "< 1e-6" },
  ],
  "docs/frontier.md": [
    { says: "95 % t interval", file: "src/base/interval.ts", by: "probability = 0.95" },
    { says: "the paper's 10 %", file: "src/paper.ts", by: "target: 0.1" },
  ],
  "docs/claims.md": [
    { says: "95 % t interval", file: "src/base/interval.ts", by: "probability = 0.95" },
    { says: "99.9 %", file: "src/claims/statements.ts", by: "claimed = 0.001" },
    { says: "would stand at 5 %", file: "src/claims/check.ts", by: "discoveryRate = 0.05" },
  ],
  "docs/interop.md": [
    {
      says: "within 1e-5 of the largest, reconstructions within 1e-5 of ‖x‖",
      file: "test/suites/sae-lens/package.test.ts",
      by: "const tolerance = 1e-5",
    },
    { says: "Run Crate 0.5", file: "src/interop/crate.ts", by: 'version: "0.5"' },
    { says: "the traces (1e-4)", file: "test/sae/parity.test.ts", by: "const tolerance = 1e-4" },
    { says: "against transformers (1e-4)", file: "test/model/parity.test.ts", by: "error < 1e-4" },
    { says: "within 1 % of the loss", file: "test/suites/gpu/gpu.test.ts", by: "const tolerance = 0.01" },
  ],
  "docs/library.md": [
    { says: "1 GB in the cache folder", file: "src/cli/setup.ts", by: "1 GB of disk" },
    { says: "within 1 % of native TensorFlow's", file: "src/backend/shortcoming.ts", by: "wasmTolerance = 0.01" },
  ],
  "docs/own-activations.md": [
    { says: "(0.2 if left out)", file: "src/data/activations/own.ts", by: "defaultTestShare = 0.2" },
    { says: "0.2 by default", file: "src/data/activations/own.ts", by: "defaultTestShare = 0.2" },
    { says: "10 × the median norm", file: "src/data/activations/statistics.ts", by: "(10 * medianNorm)" },
  ],
  "docs/paper-scale.md": [{ says: ", to 1e-4)", file: "test/model/parity.test.ts", by: "error < 1e-4" }],
  "docs/performance.md": [{ says: "It is 1024 tokens", file: "src/model/decoder-memory.ts", by: "1024 / length" }],
  "docs/readings.md": [
    { says: "above 1 %", file: "src/measure/metrics.ts", by: "more than 1 % of the window's tokens" },
    { says: "10 × the median", file: "src/data/activations/statistics.ts", by: "(10 * medianNorm)" },
  ],
  "docs/runner.md": [
    { says: "keeps 10 MB of output", file: "src/notebook/run/outcome.ts", by: "default 10 MB" },
    { says: "keeps 200 MB", file: "src/notebook/run/log.ts", by: "200_000_000" },
    { says: "60 s by default", file: "src/notebook/run/outcome.ts", by: "may take to end. Default 60" },
  ],
};
