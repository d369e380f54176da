import type { SavedResultSet } from "../experiment/results/saved.js";
import { runFolder, runInWords } from "../experiment/training/folders.js";
import type { TrainingRecord } from "../experiment/training/record.js";
import type { NotebookEntry } from "../notebook/plan/manifest.js";
import type { RecordedExecution } from "../notebook/plan/record.js";
import { type CrateFile, type Entity, fileId, inputId, lastWritten, references } from "./crate.js";

/** What the actions of a result set are told from. */
export interface ActionSources {
  set: SavedResultSet;
  /** The trainings of its controls that learn nothing. */
  controls: readonly TrainingRecord[];
  files: readonly CrateFile[];
  /** Names of the model and the texts. */
  inputs: readonly string[];
  /** The manifest of notebooks. */
  notebooks: readonly NotebookEntry[];
  /** What is recorded of a notebook's last success, by its name; of failures nothing is. */
  executions: ReadonlyMap<string, RecordedExecution>;
}

const snc = "#snc";

/**
 * What was executed to make a result set, as the Process Run Crate has it: one action for the capture of activations, one
 * for each training and each notebook, and one each for figures and claims; the software with its versions; parameters.
 */
export function provenanceOf(sources: ActionSources): Entity[] {
  const { set, controls, notebooks, inputs } = sources;
  const captured = [...new Set([...set.trainings, ...set.variations, ...controls].map(activationsOf))];
  return [
    ...softwareOf(set.environment),
    ...captured.map((id) => ({ "@id": id, "@type": "CreativeWork", name: `Activations of ${id.split("/")[2]}` })),
    {
      ...action("capture", snc, "Capture of activations"),
      description: `snc activations --profile ${set.identity.profile.name}`,
      object: references(inputs.map(inputId)),
      result: references(captured),
    },
    ...[...set.trainings, ...set.variations].map((training) => trainingAction(training, sources)),
    ...controls.map((control) => controlAction(control, sources)),
    ...notebooks.flatMap((entry) => notebookEntities(entry, sources)),
    ...summaries(sources),
  ];
}

const action = (id: string, instrument: string, name: string): Entity => ({
  "@id": `#actions/${id}`,
  "@type": "CreateAction",
  name,
  instrument: { "@id": instrument },
});

/** An action ends when the last of its files was written. */
const ended = (files: readonly CrateFile[], isOf: (name: string) => boolean): object => ({
  endTime: lastWritten(files.filter(({ name }) => isOf(name))),
});

const placeOf = ({ layer, run, seed }: TrainingRecord): string => `runs/layer-${layer}/${runFolder(run)}/seed-${seed}/`;

const placeOfControl = (control: TrainingRecord): string => `controls/untrained/${placeOf(control)}`;

/** A training's activations: its `data` is their key, their layer and how they are scaled. */
const activationsOf = ({ data }: TrainingRecord): string => `#activations/${data.split("/").slice(0, 2).join("/")}`;

function trainingAction(training: TrainingRecord, { files }: ActionSources): Entity {
  const { layer, run, seed, seconds, backend } = training;
  const folder = placeOf(training);
  const varied = run.variation === undefined ? "" : `--set … --name ${run.name} `; // its run.json has the method
  return {
    ...action(folder.slice(0, -1), snc, `Training of ${runInWords(run)}, layer ${layer}, seed ${seed}`),
    description: `snc train --run ${run.number} ${varied}--layer ${layer} --seed ${seed}; ${training.steps} steps in ${seconds.toFixed(1)} s with ${backend.name} ${backend.version} on ${backend.device}`,
    ...ended(files, (name) => name.startsWith(folder)),
    object: references([activationsOf(training)]),
    result: references([folder]),
  };
}

/** The same steps at a learning rate of 0: `snc claims --self-test` takes those that are missing. */
function controlAction(control: TrainingRecord, { set, files }: ActionSources): Entity {
  const { layer, run, seed, steps, seconds } = control;
  const folder = placeOfControl(control);
  return {
    ...action(
      folder.slice(0, -1),
      snc,
      `Control at a learning rate of 0 of ${runInWords(run)}, layer ${layer}, seed ${seed}`,
    ),
    description: `snc claims --self-test --profile ${set.identity.profile.name}; ${steps} steps in ${seconds.toFixed(1)} s`,
    ...ended(files, (name) => name.startsWith(folder)),
    object: references([activationsOf(control)]),
    result: references([folder]),
  };
}

/** The notebook, its parameters and its execution; nothing where no copy is there. */
function notebookEntities({ file, reads }: NotebookEntry, sources: ActionSources): Entity[] {
  const name = file.replace(".ipynb", "");
  const copy = sources.files.find((candidate) => candidate.name === `notebooks/${file}`);
  if (!copy) return [];
  const execution = sources.executions.get(name);
  const isRecorded = execution?.copy === copy.sha256;
  const parameters = Object.entries(execution?.parameters ?? {}).map(([key, value]) => ({
    "@id": `#parameters/${name}/${key}`,
    "@type": "PropertyValue",
    name: key,
    value: typeof value === "object" ? JSON.stringify(value) : value,
  }));
  const read = reads.flatMap((artifact) => artifactIds(artifact, execution?.parameters ?? {}, sources));
  return [
    {
      "@id": `#notebooks/${file}`,
      "@type": "SoftwareSourceCode",
      name: `Notebook ${file}`,
      programmingLanguage: "TypeScript",
      version: String(packageOf(sources.set.environment).version),
    },
    ...parameters,
    {
      ...action(`notebooks/${name}`, `#notebooks/${file}`, `Execution of ${file}`),
      description: `snc run notebooks/${file}${isRecorded ? `; ${execution.executedCells} cells in ${execution.seconds.toFixed(1)} s` : ""}`,
      endTime: copy.modified,
      object: references([...new Set([...read, ...parameters.map((entity) => entity["@id"])])]),
      result: references([fileId(copy)]),
      ...(isRecorded
        ? { actionStatus: "http://schema.org/CompletedActionStatus" }
        : {
            actionStatus: "http://schema.org/FailedActionStatus",
            error: "no success is recorded of this copy",
          }),
    },
  ];
}

/** The entities behind a name of the manifest of notebooks: `activations`, `runs`, `runs/run-3`, or files of this name. */
function artifactIds(
  artifact: string,
  { layer, seed }: RecordedExecution["parameters"],
  { set, files }: ActionSources,
): string[] {
  const isOf = (record: TrainingRecord): boolean =>
    (typeof layer !== "number" || layer === record.layer) && (typeof seed !== "number" || seed === record.seed);
  if (artifact === "activations") return set.trainings.filter(isOf).map(activationsOf);
  const [, run] = /^runs(?:\/run-(\d+))?$/.exec(artifact) ?? [];
  if (artifact === "runs" || run !== undefined)
    return set.trainings
      .filter((record) => isOf(record) && (run === undefined || record.run.number === Number(run)))
      .map(placeOf);
  return files
    .filter(({ name }) => name === artifact || name.startsWith(`${artifact}.`) || name.startsWith(`${artifact}/`))
    .map(fileId);
}

/** Figures, verdicts and the frontier, made from all trainings. */
function summaries({ set, controls, files }: ActionSources): Entity[] {
  const made = [
    { id: "figures", name: "Figures", result: ["figures/"] },
    { id: "claims", name: "Verdicts on the paper's claims", result: ["claims.json", "summary.md"] },
    { id: "frontier", name: "Methods compared at equal sparsity", result: ["frontier.json"] },
  ];
  const besideRuns: Record<string, readonly string[]> = {
    claims: controls.map(placeOfControl),
    frontier: set.variations.map(placeOf),
  };
  return made.flatMap(({ id, name, result: parts }) => {
    const result = parts.filter((part) => files.some((file) => file.name.startsWith(part)));
    const written = (file: string): boolean => result.some((part) => file.startsWith(part));
    if (result.length === 0) return [];
    return {
      ...action(id, snc, name),
      description: `snc ${id} --profile ${set.identity.profile.name}`,
      ...ended(files, written),
      object: references([...set.trainings.map(placeOf), ...(besideRuns[id] ?? [])]),
      result: references(result),
    };
  });
}

/** The package, and what it ran on: as env.json says. */
function softwareOf(environment: Record<string, unknown>): Entity[] {
  const { version, commit, modified } = packageOf(environment);
  const backend = (environment.backend ?? {}) as Record<string, string>;
  const dependencies = (environment.dependencies ?? {}) as Record<string, string>;
  const source = commit ? `Commit ${commit}${modified ? ", with changes that are not committed" : ""}.` : "";
  const software = (id: string, name: string, softwareVersion: unknown, url?: string): Entity => ({
    "@id": id,
    "@type": "SoftwareApplication",
    name,
    softwareVersion: String(softwareVersion ?? "unknown"),
    ...(url && { url }),
  });
  const used = [
    software("https://nodejs.org/", "Node.js", environment.node, "https://nodejs.org/"),
    software(
      "#tensor-backend",
      `${backend.name ?? "unknown"} tensor backend on ${backend.device ?? "unknown"}`,
      backend.version,
      "https://www.tensorflow.org/js",
    ),
    ...Object.entries(dependencies).map(([name, at]) => {
      const url = `https://www.npmjs.com/package/${name}`;
      return software(url, name, at, url);
    }),
  ];
  return [
    {
      ...software(snc, "selective-neural-competition (command snc)", version),
      description: source,
      softwareRequirements: references(used.map((entity) => entity["@id"])),
    },
    ...used,
  ];
}

const packageOf = (environment: Record<string, unknown>): Record<string, unknown> =>
  (environment.package ?? {}) as Record<string, unknown>;
