/**
 * `npm run perf`: this package against what its user would take instead, on this machine, in one run. Ours and the peers'
 * take turns; the ratio is that of the medians, above 1 when ours is ahead. Keep the machine quiet meanwhile.
 */
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { chooseBackend } from "../../src/backend/choose.js";
import { precisions } from "../../src/backend/precision.js";
import { matMulRate } from "../../src/backend/speed.js";
import { packageFolder, writeFileAtomic } from "../../src/base/files.js";
import { profileSteps } from "../profile/step-profile.js";
import { studyProducts } from "../tuning/products.js";
import { studyRule, studyScaling } from "../tuning/selection.js";
import { arrowComparison } from "./arrow.js";
import { type Comparison, compare, type Row, tableOf, withTables } from "./comparison.js";
import { decoderComparison, profileDecoder } from "./decoder.js";
import {
  methodComparison,
  methodRows,
  nameOfMethod,
  nameOfSelection,
  selectingRows,
  selectionShare,
} from "./methods.js";
import { peakMemoryComparison, peakMemoryRows } from "./peak-memory.js";
import { type Peer, startPeer } from "./peer.js";
import { runnerComparison } from "./runner.js";
import { selectionComparison } from "./selection.js";
import { nameOf, ownRunsComparison, stepComparison, stepRows } from "./steps.js";

const help = `npm run perf -- [options]
Compares this package with what its user would take instead, on this machine. Keep it quiet meanwhile.

  --only TEXT    rows whose name contains it, as often as needed ("selection", "Run 9", "methods", "16384");
                 alone, without a table: step-profile, decoder-profile (where the time goes), selection-rule,
                 selection-scaling (times, memory and recall up to d_sae = 65 536), sparse-products
  --repeats N    rounds (default 7)
  --format F     json or text (default text)
  --write        puts the rows into the tables of docs/performance.md; a table none of whose rows was taken stays
  --help         shows this text
`;

/** What can be compared: a name that --only is looked for in, and how to begin. */
interface Entry {
  name: string;
  start(): Comparison | Promise<Comparison>;
}

const entries = (peer: Peer): Entry[] => [
  ...stepRows().map((row) => ({ name: nameOf(row), start: () => stepComparison(row, peer) })),
  ...methodRows().map((row) => ({ name: nameOfMethod(row), start: () => methodComparison(row, peer) })),
  { name: "SAE step, Run 9, own Run 0", start: () => ownRunsComparison(2304, 0.1) },
  ...peakMemoryRows().map((row) => ({ name: `peak memory, ${nameOf(row)}`, start: () => peakMemoryComparison(row) })),
  { name: "selection, d_sae = 2304", start: () => selectionComparison(2304, 0.1, 1, peer) },
  { name: "selection, d_sae = 16384", start: () => selectionComparison(16384, 0.1, 5, peer) },
  ...precisions.map((precision) => ({
    name: `decoder, ${precision}`,
    start: () => decoderComparison(precision, peer),
  })),
  { name: "Arrow", start: arrowComparison },
  { name: "notebook, runner", start: runnerComparison },
  ...selectingRows().map((row) => ({ name: nameOfSelection(row), start: () => selectionShare(row) })), // last: it counts calls
];

async function measure(peer: Peer, only: string[], repeats: number, peak: number): Promise<Row[]> {
  const note = (message: string): void => {
    process.stderr.write(`${message}\n`);
  };
  const wanted = (name: string) =>
    only.length === 0 || only.some((text) => name.toLowerCase().includes(text.toLowerCase()));
  const rows: Row[] = [];
  for (const { name, start } of entries(peer).filter((entry) => wanted(entry.name))) {
    const startedAt = performance.now();
    const comparison = await start();
    const rounds = Math.min(repeats, comparison.rounds ?? repeats);
    rows.push(...(await compare(comparison, { rounds, peak, failed: note })));
    await comparison.end?.();
    note(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
  return rows;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      repeats: { type: "string", default: "7" },
      format: { type: "string", default: "text" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new Error(`--repeats: expected a whole number from 1 on, found "${values.repeats}"`);
  const backend = await chooseBackend();
  if (values.only.includes("step-profile")) return profileSteps();
  if (values.only.includes("decoder-profile")) return profileDecoder();
  if (values.only.includes("selection-rule")) return studyRule(repeats);
  if (values.only.includes("selection-scaling")) return studyScaling();
  if (values.only.includes("sparse-products")) return studyProducts(repeats);
  const threads = os.availableParallelism();
  const peer = await startPeer(threads);
  const peak = matMulRate([2048, 2048, 2048]); // the machine's matmul peak
  const rows = await measure(peer, values.only, repeats, peak);
  peer.end();
  const machine = `${os.cpus()[0]?.model.trim()}, ${threads} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, ${(peak / 1e9).toFixed(0)} GFLOP/s by a float32 product of 2048 × 2048, Node ${process.versions.node}, ${backend.name} ${backend.version} on ${backend.device}, PyTorch 2.6.0`;
  const text = (rows: readonly Row[]): string =>
    `${machine}; medians of up to ${repeats} rounds in turn (lowest–highest).\n\n${tableOf(rows)}`;
  process.stdout.write(
    values.format === "json" ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : `${text(rows)}\n`,
  );
  if (!values.write) return;
  const page = path.join(packageFolder, "docs", "performance.md");
  await writeFileAtomic(page, withTables(await readFile(page, "utf8"), rows, text));
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(70); // the peer must not keep it alive
});
