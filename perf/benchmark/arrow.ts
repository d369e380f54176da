import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { Float32 } from "apache-arrow";
import { scoped } from "../../src/backend/ops.js";
import { columnValues, readArrowFile, vectorRows, writeArrowFile } from "../../src/base/arrow-file.js";
import { stream } from "../../src/base/random.js";
import { paper } from "../../src/paper.js";
import type { Comparison } from "./comparison.js";

const [d_in, rows, rowsPerRecord] = [576, 32_000, 8000];

/** Vectors from an Arrow file into tensors of a batch, against the same from an array in memory. */
export async function arrowComparison(): Promise<Comparison> {
  const random = stream(4, "vectors");
  const vectors = Float32Array.from({ length: rows * d_in }, () => random.uniform());
  const folder = await mkdtemp(path.join(tmpdir(), "snc-perf-"));
  const file = path.join(folder, "vectors.arrow");
  await writeArrowFile(file, { vector: vectorRows(new Float32(), d_in) }, new Map(), async (append) => {
    for (let from = 0; from < rows; from += rowsPerRecord)
      await append({ vector: vectors.subarray(from * d_in, (from + rowsPerRecord) * d_in) });
  });
  const toTensors = (values: Float32Array): void => {
    for (let from = 0; from < values.length; from += paper.batchSize * d_in)
      scoped(() => {
        const batch = values.subarray(from, from + paper.batchSize * d_in);
        return tf.sum(tf.tensor2d(batch, [paper.batchSize, d_in])).dataSync(); // a tensor is made when first used
      });
  };
  const perSecond = async (work: () => void | Promise<void>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return (1000 * rows) / (performance.now() - startedAt);
  };
  const fromFile = () =>
    readArrowFile(file, "", async ({ batches }) => {
      for await (const batch of batches()) toTensors(columnValues<Float32Array>(batch, "vector"));
    });
  const fromBytes = async (): Promise<void> => {
    const { buffer, byteOffset } = await readFile(file);
    toTensors(new Float32Array(buffer, byteOffset, rows * d_in)); // shifted by Arrow's header: as many bytes, other numbers
  };
  return {
    name: `${rows} vectors of ${d_in} in batches of ${paper.batchSize}, from an Arrow file`,
    unit: "tokens/s",
    ours: () => perSecond(fromFile),
    peers: [
      { name: "from the file's bytes alone", goal: 0.8, measure: () => perSecond(fromBytes) },
      { name: "from memory", goal: 0.5, measure: () => perSecond(() => toTensors(vectors)) },
    ],
    end: () => rm(folder, { recursive: true, force: true }),
  };
}
