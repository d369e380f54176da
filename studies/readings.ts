/**
 * `npm run study:readings`: trains each alternative reading of the paper, one changed at a time, with several seeds, in the
 * run where it acts (Run 9; Run 7 for `neighbourhood`, which Run 8 replaces), and prints how its results differ from the
 * default's as a Markdown table. Long; stopped and called again it goes on where it was. Options:
 *   --profile smoke|default|paper  --layer N (the profile's middle one)  --seeds N (3)  --only id (as often as needed)
 *   --with-capture  also R20 and R21, which need activations of their own
 *   --write         puts the table into docs/readings.md
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { SncError } from "../src/base/errors.js";
import { stderrReporter } from "../src/base/progress.js";
import { stopSignal } from "../src/cli/stop.js";
import { openExperiment } from "../src/experiment/experiment.js";
import { resultsFolder } from "../src/experiment/results/result-set.js";
import { type ReadingId, readingChoices, readings } from "../src/readings.js";
import { type StudyRow, studyTable } from "./readings-table.js";
import { isReported, needsCapture, printStudy, runStudy, studyOptions, wholeNumber } from "./study.js";

const report = stderrReporter();

interface StudyOptions {
  profile: string;
  layer?: number;
  seeds: number;
  ids: ReadingId[];
  write: boolean;
}

function optionsOf(): StudyOptions {
  const { values } = parseArgs({
    options: {
      ...studyOptions,
      only: { type: "string", multiple: true },
      "with-capture": { type: "boolean", default: false },
    },
  });
  const { profile, layer, seeds, only, "with-capture": withCapture, write } = values;
  return {
    profile,
    layer: layer === undefined ? undefined : wholeNumber("layer", layer),
    seeds: wholeNumber("seeds", seeds, 1),
    ids: idsOf(only, withCapture),
    write,
  };
}

/** The ids to study, those of one run together, so that each follows its default. */
function idsOf(only: string[] | undefined, withCapture: boolean): ReadingId[] {
  const ids = Object.keys(readingChoices) as ReadingId[];
  const unknown = only?.find((id) => !Object.hasOwn(readingChoices, id));
  if (unknown) throw new SncError("usage", `--only: expected one of ${ids.join(", ")}, found "${unknown}"`);
  return ids
    .filter((id) => (only ? only.includes(id) : withCapture || !needsCapture(id)))
    .sort((a, b) => runOf(b) - runOf(a));
}

/** Which run shows what a reading changes: the last, unless later runs replace the mechanism. */
const runOf = (id: ReadingId): number => (id === "neighbourhood" ? 7 : 9);

/** Trains one row, the default or one reading changed; a training that diverges is a result. */
async function study(
  { profile, layer, seeds }: StudyOptions,
  run: number,
  id?: ReadingId,
  value = "",
): Promise<StudyRow> {
  const changed = id ? { [id]: value } : {};
  const { utilization, reportedCorrelation } = readings(changed);
  const row = { label: id ? `\`${id}\` = ${value}` : "default", run, reported: { utilization, reportedCorrelation } };
  const trainedUnder = id && isReported(id) ? {} : changed;
  const experiment = await openExperiment({ profile, readings: trainedUnder }, { report, signal: stopSignal });
  const {
    layers,
    seeds: [firstSeed],
  } = experiment.profile;
  const records: StudyRow["records"] = [];
  try {
    for (let n = 0; n < seeds; n++)
      records.push((await experiment.train(run, layer ?? layers[Math.floor(layers.length / 2)], firstSeed + n)).record);
  } catch (error) {
    if (!(error instanceof SncError && error.failure === "diverged")) throw error;
    return { ...row, records: [], failure: error.message };
  }
  return { ...row, records };
}

async function main(): Promise<void> {
  const options = optionsOf();
  // Beside the other result sets, so that results/latest stays what it was.
  process.env.SNC_RESULTS = path.join(resultsFolder(), "readings-study");
  const rows: StudyRow[] = [];
  for (const [n, id] of options.ids.entries()) {
    const run = runOf(id);
    report.line(`reading ${n + 1} of ${options.ids.length}: ${id}`);
    if (!rows.some((row) => row.run === run)) rows.push(await study(options, run));
    for (const value of readingChoices[id].slice(1)) rows.push(await study(options, run, id, value));
  }
  const { layer, backend } = rows[0].records[0];
  const caption = `Profile \`${options.profile}\`, layer ${layer}, ${options.seeds} seeds, ${backend.name} ${backend.version} on ${backend.device}.`;
  const { write } = options;
  await printStudy(`${caption}\n\n${studyTable(rows)}`, { page: "readings.md", command: "study:readings", write });
}

runStudy(main);
