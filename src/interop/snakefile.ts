import path from "node:path";
import { shellWord } from "../base/command.js";
import { trainingFiles } from "../experiment/training/record.js";
import type { WorkflowPlan } from "./workflow-plan.js";

/** How and where the jobs of a workflow run. */
export interface WorkflowPlace {
  /** Program and first arguments of `snc`. */
  command: string[];
  /** Folder of the result sets. */
  results: string;
  /** Set for every job. */
  environment: Record<string, string>;
  /** Changes with the package's sources, and makes every job look again. */
  code: string;
  /** Start neither npm nor pip: all inputs are in the cache. */
  offline: boolean;
}

/** The first words of a Snakefile written here: another file is not overwritten. */
export const snakefileMark = "# snc workflow snakemake";

/** Texts, numbers, lists and records of them as Python writes them. */
export function python(value: string | number[] | Record<string, string>): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.join(", ")}]`;
  return `{${Object.entries(value)
    .map((entry) => entry.map(python).join(": "))
    .join(", ")}}`;
}

/** A dictionary of lists of texts as Python writes it. */
export const pythonLists = (lists: Record<string, readonly string[]>): string =>
  `{${Object.entries(lists)
    .map(([name, texts]) => `${python(name)}: [${texts.map(python).join(", ")}]`)
    .join(", ")}}`;

/** The specification of each set, where its jobs look for it. */
const experimentsFolder = (results: string): string => path.join(results, "workflow", "experiments");
export const experimentFileOf = (results: string, set: string): string =>
  path.join(experimentsFolder(results), `${set}.json`);

/** How the receipt of a capture under these readings is named. */
export const captureName = (readings: readonly string[]): string =>
  readings.join("-").replaceAll("=", "-") || "default";

/** Outputs that `snc` replaces in one move each; snakemake leaves them where they are, so that what is unchanged stays. */
const reportFiles = ["claims.json", "summary.md", "junit.xml", "report.html", "ro-crate-metadata.json", "SHA256SUMS"];
const updated = (folder: string, files: readonly string[]): string =>
  files.map((file) => `        update(${folder} + "/${file}"),`).join("\n");

/**
 * A Snakefile (snakemake 9) of a plan: inputs → activations → a job for each training → the rest of each result set.
 * Every job is a command of `snc` that skips what is unchanged and goes on from its checkpoint.
 */
export function snakefile(plan: WorkflowPlan, place: WorkflowPlace): string {
  const { profile, runs, layers, seeds, sets, fetchesInputs, captures: isCaptured } = plan;
  // Of each capture the first set that needs it.
  const captures = Object.fromEntries([...sets].reverse().map((set) => [captureName(set.captureReadings), set.name]));
  return `${snakefileMark}: runs × layers × seeds × readings of the profile ${profile}, each training a job.
#   snakemake -s Snakefile -j2                          here
#   snakemake -s Snakefile -j2 trained                  the trainings alone
#   snakemake -s Snakefile -j50 --executor slurm        on a cluster with a shared folder; resources: --set-resources
# A job that broke off leaves its checkpoint: the same command goes on (after a kill with --rerun-incomplete).
${opening(place, profile)}
RUNS = ${python(runs)}
LAYERS = ${python(layers)}
SEEDS = ${python(seeds)}
# The result sets, with the readings that each is computed under.
SETS = ${python(Object.fromEntries(sets.map((set) => [set.name, set.readings.join(", ")])))}
# The folders of variations and other methods, by result set.
VARIATIONS = ${pythonLists(Object.fromEntries(sets.map((set) => [set.name, set.variations])))}
# What each is, whole: jobs are given this file.
EXPERIMENTS = config.get("experiments", ${python(experimentsFolder(place.results))})
# Activations depend on few readings: sets that share those share them, captured as one of them says.
CAPTURES = ${python(captures)}
CAPTURE_OF = ${python(Object.fromEntries(sets.map((set) => [set.name, captureName(set.captureReadings)])))}

TRAINING = RESULTS + "/{set}/runs/layer-{layer}/run-{run}/seed-{seed}"
VARIATION = RESULTS + "/{set}/runs/layer-{layer}/{variation}/seed-{seed}"


def variations_of(set):
    return expand(VARIATION + "/run.json", set=set, layer=LAYERS, variation=VARIATIONS[set], seed=SEEDS)


wildcard_constraints:
    set="|".join(SETS),
    capture="|".join(CAPTURES),
    layer=r"\\d+",
    run=r"\\d+",
    variation=r"[a-z][a-z0-9-]*-[0-9a-f]{8}",
    seed=r"\\d+",


localrules:
    all,
    trained,${fetchesInputs ? "\n    inputs," : ""}


rule all:
    input:
        expand(RESULTS + "/{set}/SHA256SUMS", set=SETS),


rule trained:
    input:
        expand(TRAINING + "/run.json", set=SETS, layer=LAYERS, run=RUNS, seed=SEEDS),
        [varied for set in SETS for varied in variations_of(set)],

${fetchesInputs ? inputsRule(place.offline) : ""}
${isCaptured ? activationsRule(profile, { fetchesInputs, ...captureOfExperiment }) : ""}

${trainingRule(plan, { rule: "train", place: "TRAINING", which: "--run {wildcards.run}" })}
# A variation by its name, which is its folder's without the hash.
${trainingRule(plan, { rule: "vary", place: "VARIATION", which: "--variation {params.name}", more: "name=lambda w: w.variation[:-9]," })}
# Notebooks, figures, claims and the report of a result set, from what is trained.
rule report:
    input:
        expand(TRAINING + "/run.json", layer=LAYERS, run=RUNS, seed=SEEDS, allow_missing=True),
        lambda w: variations_of(w.set),
    output:
${updated('RESULTS + "/{set}"', reportFiles)}
    params:
        runs=",".join(map(str, RUNS)),
        layers=",".join(map(str, LAYERS)),
        seeds=len(SEEDS),
        experiment=lambda w: shlex.quote(f"{EXPERIMENTS}/{w.set}.json"),
        code=CODE,
    threads: config.get("report_threads", 2)
    resources:
        mem_mb=config.get("report_mem_mb", ${memory(profile).report}),
    shell:
        "{SNC} reproduce --experiment {params.experiment} --runs {params.runs} --layers {params.layers}"
        " --seeds {params.seeds} --jobs {threads} --offline"
`;
}

/** What every Snakefile written here begins with: where its jobs run, and what is set for them. */
export const opening = (place: WorkflowPlace, profile: WorkflowPlan["profile"]): string => `import shlex

SNC = config.get("snc", ${python(place.command.map(shellWord).join(" "))})
RESULTS = config.get("results", ${python(place.results)})
PROFILE = ${python(profile)}
CODE = ${python(place.code)}
ENVIRONMENT = ${python(place.environment)}
RECEIPTS = RESULTS + "/workflow/" + PROFILE

if "{" in RESULTS or "}" in RESULTS:
    raise WorkflowError(f"{RESULTS}: expected a folder without braces, which are wildcards here. Name one: --config results=...")

exports = [f"export {name}={shlex.quote(value)}; " for name, value in {**ENVIRONMENT, "SNC_RESULTS": RESULTS}.items()]
shell.prefix("set -euo pipefail; " + "".join(exports).replace("{", "{{").replace("}", "}}"))  # braces stand for themselves
`;

/** A job for each training at such a place; `which`: how `snc train` is told of which run. */
const trainingRule = (
  { profile, captures }: WorkflowPlan,
  { rule, place, which, more }: { rule: string; place: string; which: string; more?: string },
): string => `rule ${rule}:${captures ? '\n    input:\n        lambda w: RECEIPTS + f"/activations-{CAPTURE_OF[w.set]}.json",' : ""}
    output:
${updated(place, ["run.json", ...trainingFiles, "SHA256SUMS"])}
    params:
        experiment=lambda w: shlex.quote(f"{EXPERIMENTS}/{w.set}.json"),${more ? `\n        ${more}` : ""}
        code=CODE,
    threads: config.get("threads", 1)
    resources:
        mem_mb=config.get("mem_mb", ${memory(profile).training}),
    shell:
        "TF_NUM_INTRAOP_THREADS={threads} {SNC} train --experiment {params.experiment} ${which} --layer {wildcards.layer}"
        " --seed {wildcards.seed} --jobs 1 --offline"

`;

/** Downloads model and texts. */
export const inputsRule = (offline: boolean): string => `
rule inputs:
    output:
        RECEIPTS + "/inputs.json",
    params:
        code=CODE,
    shell:
        "{SNC} inputs fetch${offline ? " --offline" : ""} --format json > {output:q}.part && mv {output:q}.part {output:q}"

`;

/** The vectors of each capture; `choice`: the options of `snc activations` that say which, from what `params` defines. */
export const activationsRule = (
  profile: WorkflowPlan["profile"],
  { fetchesInputs, params, choice }: { fetchesInputs: boolean; params: readonly string[]; choice: string },
): string => `
rule activations:${fetchesInputs ? "\n    input:\n        rules.inputs.output," : ""}
    output:
        RECEIPTS + "/activations-{capture}.json",
    params:
${params.map((param) => `        ${param},`).join("\n")}
        code=CODE,
    threads: config.get("activation_threads", 8)
    resources:
        mem_mb=config.get("activation_mem_mb", ${memory(profile).activations}),
    shell:
        "TF_NUM_INTRAOP_THREADS={threads} {SNC} activations ${choice}"
        " --offline --format json > {output:q}.part && mv {output:q}.part {output:q}"

`;

/** Which vectors a result set's experiment needs. */
const captureOfExperiment = {
  params: [
    'layers=",".join(map(str, LAYERS))',
    'experiment=lambda w: shlex.quote(f"{EXPERIMENTS}/{CAPTURES[w.capture]}.json")',
  ],
  choice: "--experiment {params.experiment} --layers {params.layers}",
};

/** MB of memory that a job asks the cluster for: two notebooks side by side, one training each, make the report. */
export const memory = (profile: WorkflowPlan["profile"]) =>
  profile === "paper"
    ? { activations: 16_000, training: 16_000, report: 16_000 }
    : { activations: 4000, training: 2000, report: 6000 };
