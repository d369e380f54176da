import type { CheckedClaim } from "../claims/check.js";
import { readClaimsDocument } from "../claims/document.js";
import { scopeOf } from "../claims/scope.js";
import { readPaperModel } from "../data/texts/published.js";
import { essentialSpec } from "../experiment/resolve.js";
import { readResultSet, type SavedResultSet } from "../experiment/results/saved.js";
import { type Frontier, readFrontier } from "../frontier/document.js";
import { type Multiverse, readMultiverse } from "../multiverse/document.js";
import { paper } from "../paper.js";
import { type Readings, readings as readingsWith } from "../readings.js";
import { type CommandContext, claimCommands } from "./commands.js";
import { type ClaimCell, cellOfClaim, type ExecutedNotebook, executedNotebooks } from "./executed.js";
import { type Expectation, expectationOf } from "./expectation.js";
import { type ReportedFeatures, reportedFeatures } from "./features.js";
import { findingsOf } from "./findings.js";
import { type MethodStep, methodSteps, type ReadingTaken, readingsTaken } from "./methods.js";
import { type ReportedFigure, reportedFigures } from "./saved-figures.js";
import { type FlagNote, flagNotes, type RunSummary, runSummaries } from "./trainings.js";

/** A claim with all that the report says of it. */
export interface ReportedClaim extends CheckedClaim {
  /** The model's layers that it is measured on. */
  layers: number[];
  /** The executed notebook that shows it; undefined where it was not executed. */
  notebook: ExecutedNotebook | undefined;
  cell: ClaimCell | undefined;
  /** Commands that measure it again. */
  commands: string[];
}

/** Everything that the report shows, as plain data. */
export interface ReportContent {
  paperTitle: string;
  set: SavedResultSet;
  scope: CheckedClaim["scope"];
  claims: ReportedClaim[];
  /** What was found, in short paragraphs. */
  findings: string[];
  /** The layer that findings are of: at the depth of §6.1's numbers, or the first where that is not trained. */
  layer: number;
  figures: ReportedFigure[];
  /** Other files of the result set that a reader may want, by their names in its folder. */
  files: string[];
  /** Methods compared at equal sparsity; undefined where it was not computed. */
  frontier: Frontier | undefined;
  /** Every reading at once; undefined where it was not computed. */
  multiverse: Multiverse | undefined;
  /** What features are worth; undefined where nothing was evaluated. */
  features: ReportedFeatures | undefined;
  runs: RunSummary[];
  flags: FlagNote[];
  methods: MethodStep[];
  readings: ReadingTaken[];
  expectation: Expectation;
  notebooks: ExecutedNotebook[];
  commands: CommandContext;
}

/** Written into every result set; what is written last of all, after the report, is among them. */
const filesForReaders = [
  ...["summary.md", "claims.json", "junit.xml", "experiment.json", "env.json"],
  ...["ro-crate-metadata.json", "SHA256SUMS"],
];

/** Reads a result set (its name in results/, or its folder) for the report. Throws an input error for what is missing. */
export async function gatherReport(nameOrFolder: string): Promise<ReportContent> {
  const set = await readResultSet(nameOrFolder);
  const { profile, readings: changed } = set.identity;
  const readings: Readings = readingsWith(changed);
  const scope = scopeOf(profile, set.identity, (await readPaperModel()).files);
  const checked = await readClaimsDocument(set.folder);
  const notebooks = await executedNotebooks(set.folder);
  const commands = { profile: profile.name, readings: changed, options: optionsOf(set.identity) };
  const runs = runSummaries(set.trainings);
  const features = await reportedFeatures(set);
  const [middle] = scope.layersOf(12);
  const layer = runs.some((of) => of.layer === middle) ? middle : runs[0].layer;
  return {
    paperTitle: paper.title,
    set,
    scope: checked[0].scope,
    findings: findingsOf({ claims: checked, runs, features, layer }),
    layer,
    claims: checked.map((row) => {
      const layers = scope.layersOf(row.claim.layer);
      const notebook = notebooks.find(({ name }) => name === row.claim.notebook);
      return {
        ...row,
        layers,
        notebook,
        cell: notebook && cellOfClaim(notebook, row.claim.id),
        commands: claimCommands(row, layers, commands),
      };
    }),
    figures: await reportedFigures(set.folder),
    files: filesForReaders,
    frontier: await readFrontier(set.folder),
    multiverse: await readMultiverse(set.folder),
    features,
    runs,
    flags: flagNotes(set.trainings),
    methods: methodSteps(set.trainings, readings),
    readings: readingsTaken(readings),
    expectation: await expectationOf(set, checked),
    notebooks,
    commands,
  };
}

/** What a result set was made with beside its profile and readings, as options of the command line. */
function optionsOf({ spec }: SavedResultSet["identity"]): CommandContext["options"] {
  const { steps, sequences, batchSize, warmupSteps, interval, d_sae, precision, buffer, store, activations } =
    essentialSpec(spec);
  const { files, column, splitColumn, documentColumn, testShare } = activations ?? { files: [] };
  const said = {
    ...{ steps, sequences: sequences?.join(","), "batch-size": batchSize, "warmup-steps": warmupSteps, interval },
    ...{ "d-sae": d_sae, precision, buffer, store, column },
    ...{ "split-column": splitColumn, "document-column": documentColumn, "test-share": testShare },
    activations: files.map(({ file }) => file),
  };
  return Object.entries(said).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => [name, String(each)] as const),
  );
}
