/**
 * `npm run study:results`: the last measurements of a result set's trainings by layer and run over its seeds, and what of each
 * run did nothing, as Markdown; trains nothing. Options:
 *   --results NAME  a folder, or the name of one under results/ (the newest)
 *   --write         puts it into docs/results.md
 */

import { parseArgs } from "node:util";
import { SncError } from "../src/base/errors.js";
import { groupBy } from "../src/base/group-by.js";
import { markdownTable } from "../src/base/markdown.js";
import { unequalSeeds } from "../src/experiment/results/coverage.js";
import { firstActedText } from "../src/experiment/results/first-acted.js";
import { readResultSet } from "../src/experiment/results/saved.js";
import type { TrainingRecord } from "../src/experiment/training/record.js";
import { describeFlags } from "../src/measure/idle.js";
import { cell, printStudy, runStudy } from "./study.js";

const columns: [title: string, of: (record: TrainingRecord) => number | null][] = [
  ["FVE", ({ final }) => final.fractionVarianceExplained],
  ["L0", ({ final }) => final.l0],
  ["mean \\|cos\\|", ({ final }) => final.meanActivationCosine],
  ["of those on", ({ final }) => final.meanActivationCosineOfAlive],
  ["by chance", ({ final }) => final.nullActivationCosine],
  ["\\|Pearson\\|", ({ final }) => final.meanActivationPearson],
  ["permuted", ({ final }) => final.nullActivationPearson],
  ["decoder cosine", ({ final }) => final.meanDecoderCosine],
  ["utilization", ({ final }) => final.utilizationImportance],
  ["τ", ({ final }) => final.tau],
  ["λ₁", ({ final }) => final.lambda1],
  ["pruned", ({ flags }) => flags.pruned],
  ["reallocated", ({ flags }) => flags.reallocated],
];

/** One layer: a row for each run, "=" where its seeds are those of the run before and every seed's value is the same. */
function layerTable(records: TrainingRecord[]): string {
  let before: TrainingRecord[] | undefined;
  const rows = [...groupBy(records, ({ run }) => String(run.number)).values()].map((seeds) => {
    const cells = columns.map(([, of]) => {
      const values = seeds.map(of);
      return before && sameSeeds(seeds, before) && cell(values, before.map(of)) === "=" ? "=" : cell(values);
    });
    before = seeds;
    return [`${seeds[0].run.number} ${seeds[0].run.name}`, firstActedText(seeds), ...cells];
  });
  return markdownTable([["run", "first acted", ...columns.map(([title]) => title)], ...rows]);
}

const sameSeeds = (a: readonly TrainingRecord[], b: readonly TrainingRecord[]): boolean =>
  a.map(({ seed }) => seed).join() === b.map(({ seed }) => seed).join();

/** What of each run did nothing: sentences, each with the seeds that it is true of where these are not all. */
function idleMechanisms(records: TrainingRecord[]): string[] {
  return [...groupBy(records, ({ run }) => String(run.number)).values()].flatMap((seeds) => {
    const said = seeds.flatMap(({ flags, run, seed }) =>
      describeFlags(flags, run.number).map((sentence) => ({ sentence, seed })),
    );
    return [...groupBy(said, ({ sentence }) => sentence)].map(([sentence, of]) => {
      const some = of.length < seeds.length ? ` (seed ${of.map(({ seed }) => seed).join(", ")})` : "";
      return `- Run ${seeds[0].run.number}: ${sentence}${some}`;
    });
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { results: { type: "string", default: "latest" }, write: { type: "boolean", default: false } },
  });
  const { name, folder, trainings } = await readResultSet(values.results);
  if (trainings.length === 0)
    throw new SncError("input", `${folder}: expected finished trainings, found none. Run: snc reproduce`);
  const seeds = [...new Set(trainings.map(({ seed }) => seed))].join(", ");
  const { backend, steps } = trainings[0];
  const caption = `\`${name}\`: ${trainings.length} trainings of ${steps} steps, seeds ${seeds}, ${backend.name} ${backend.version} on ${backend.device}.`;
  const unequal = unequalSeeds(trainings);
  const layers = [...groupBy(trainings, ({ layer }) => String(layer))].map(([layer, of]) =>
    [`### Layer ${layer}`, layerTable(of), "What did nothing:", idleMechanisms(of).join("\n") || "- none"].join("\n\n"),
  );
  const seedsOfRuns = unequal === undefined ? [] : [`${unequal}.`];
  await printStudy([caption, ...seedsOfRuns, ...layers].join("\n\n"), {
    page: "results.md",
    command: "study:results",
    write: values.write,
  });
}

runStudy(main);
