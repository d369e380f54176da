import {
  activationsRule,
  captureName,
  inputsRule,
  memory,
  opening,
  python,
  pythonLists,
  snakefileMark,
  type WorkflowPlace,
} from "./snakefile.js";

/** The jobs of a multiverse. */
export interface UniversesPlan {
  profile: "smoke" | "default";
  /** How many universes, and the seed of their draw. */
  count: number;
  seed: number;
  layer: number;
  /** The result set that is told what they say. */
  set: string;
  /** Universes that share an experiment, by their ids, with the readings that it is captured under, as id=value. */
  together: { ids: string[]; captureReadings: string[] }[];
}

/**
 * A Snakefile (snakemake 9) of a multiverse: inputs → activations → a job for universes that share vectors and start → one that
 * asks all of them. Trainings are shared within a job, never between two.
 */
export function universesSnakefile(plan: UniversesPlan, place: WorkflowPlace): string {
  const { profile, count, seed, layer, set, together } = plan;
  const captures = new Map(together.map(({ captureReadings: of }) => [captureName(of), of]));
  return `${snakefileMark} --multiverse: ${count} universes of the profile ${profile}; those that share vectors and start are one job.
#   snakemake -s Snakefile -j2                          here
#   snakemake -s Snakefile -j50 --executor slurm        on a cluster with a shared folder; resources: --set-resources
# A job that broke off leaves its checkpoints: the same command goes on (after a kill with --rerun-incomplete).
${opening(place, profile)}
# Universes that are trained together, by the first of them.
UNIVERSES = ${pythonLists(Object.fromEntries(together.map(({ ids }) => [ids[0], ids])))}
# Activations depend on few readings: those of each capture, and which one each job needs.
CAPTURES = ${pythonLists(Object.fromEntries(captures))}
CAPTURE_OF = ${python(Object.fromEntries(together.map(({ ids, captureReadings }) => [ids[0], captureName(captureReadings)])))}
STUDY = ${python(`--profile ${profile} --count ${count} --seed ${seed}`)}


wildcard_constraints:
    capture="|".join(CAPTURES),
    universe=r"[0-9a-f]{8}",


localrules:
    all,
    inputs,


rule all:
    input:
        RESULTS + "/${set}/multiverse.json",

${inputsRule(place.offline)}
${activationsRule(profile, {
  fetchesInputs: true,
  params: ['readings=lambda w: " ".join(f"--reading {reading}" for reading in CAPTURES[w.capture])'],
  choice: `--profile ${profile} --layers ${layer} {params.readings}`,
})}
rule universes:
    input:
        lambda w: RECEIPTS + f"/activations-{CAPTURE_OF[w.universe]}.json",
    output:
        RECEIPTS + "/universes-{universe}.json",
    params:
        universes=lambda w: " ".join(f"--universe {of}" for of in UNIVERSES[w.universe]),
        code=CODE,
    threads: config.get("threads", 1)
    resources:
        mem_mb=config.get("mem_mb", ${memory(profile).training}),
    shell:
        "TF_NUM_INTRAOP_THREADS={threads} {SNC} multiverse train {STUDY} {params.universes} --jobs 1 --format json"
        " > {output:q}.part && mv {output:q}.part {output:q}"


# What all of them say; a run that diverged is trained once more, and recorded.
rule ask:
    input:
        expand(RECEIPTS + "/universes-{universe}.json", universe=UNIVERSES),
    output:
        update(RESULTS + "/${set}/multiverse.json"),
    params:
        code=CODE,
    threads: config.get("report_threads", 2)
    resources:
        mem_mb=config.get("report_mem_mb", ${memory(profile).report}),
    shell:
        "{SNC} multiverse run {STUDY} --jobs {threads}"
`;
}
