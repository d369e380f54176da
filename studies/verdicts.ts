/**
 * `npm run study:verdicts`: under which alternative readings of the paper each verdict turns. Trains every run that a claim needs
 * under each alternative, one reading changed at a time, and checks the claims on it; what a reading does not change is taken from
 * the default. Prints a table. Very long; stopped and called again it goes on where it was. Options:
 *   --profile smoke|default|paper  --seeds N (3)
 *   --trained   only checks what was trained before
 *   --write     records the verdicts in data-manifests/readings/<profile>.json
 */

import path from "node:path";
import { parseArgs } from "node:util";
import { SncError } from "../src/base/errors.js";
import { canonicalJson, writeJson } from "../src/base/files.js";
import { markdownTable } from "../src/base/markdown.js";
import { stderrReporter } from "../src/base/progress.js";
import { checkClaims } from "../src/claims/check.js";
import type { Claim } from "../src/claims/claim.js";
import { readRegistry } from "../src/claims/list.js";
import { type ReadingsStudy, readingsStudyFile, turnsText } from "../src/claims/readings-study.js";
import { measurementOf, scopeOfSet } from "../src/claims/result-set.js";
import type { Scope } from "../src/claims/scope.js";
import { stopSignal } from "../src/cli/stop.js";
import { type Experiment, openExperiment } from "../src/experiment/experiment.js";
import { resultsFolder } from "../src/experiment/results/result-set.js";
import { readResultTablesIfAny, type TrainedTables } from "../src/experiment/results/tables.js";
import { identityOf } from "../src/experiment/training/place.js";
import { findTraining } from "../src/experiment/training/training.js";
import { type ReadingId, readingChoices, readings } from "../src/readings.js";
import { isReported, needsCapture, runStudy, studyOptions, wholeNumber } from "./study.js";

const report = stderrReporter();

/** The alternatives that need no activations of their own, one reading changed at a time. */
const alternatives = (Object.keys(readingChoices) as ReadingId[])
  .filter((id) => !needsCapture(id))
  .flatMap((id) => readingChoices[id].slice(1).map((value) => ({ id, value })));

interface Place {
  run: number;
  layer: number;
}

/** What claims need, those of most claims first: the last run on the middle layer, then others there, then other layers. */
function placesOf(claims: readonly Claim[], scope: Scope): Place[] {
  const counts = new Map<string, Place & { claims: number }>();
  for (const { layer: of, runs } of claims)
    for (const layer of scope.layersOf(of))
      for (const run of runs) {
        const place = counts.get(`${layer} ${run}`) ?? { run, layer, claims: 0 };
        counts.set(`${layer} ${run}`, { ...place, claims: place.claims + 1 });
      }
  return [...counts.values()].sort((a, b) => b.claims - a.claims);
}

/** Whether an alternative changes what a training is made of. */
async function isChanged(base: Experiment, other: Experiment, { run, layer }: Place): Promise<boolean> {
  const [seed] = base.profile.seeds;
  const [a, b] = await Promise.all([base.spec(run, layer, seed), other.spec(run, layer, seed)]);
  return canonicalJson(await identityOf(a)) !== canonicalJson(await identityOf(b));
}

/** The tables of one alternative at these places: its own where it changes a training, the default's elsewhere. */
async function tablesUnder(
  base: Experiment,
  other: Experiment,
  places: Place[],
  seeds: number[],
): Promise<TrainedTables[]> {
  const tables: TrainedTables[] = [];
  const [ofBase, ofOther] = await Promise.all(
    [base, other].map(({ resultSet: { folder } }) => readResultTablesIfAny(folder)),
  );
  for (const place of places) {
    const changed = await isChanged(base, other, place);
    const [experiment, from] = changed ? [other, ofOther] : [base, ofBase];
    const found: TrainedTables[] = [];
    for (const seed of seeds) {
      const spec = await experiment.spec(place.run, place.layer, seed);
      if (!(await findTraining(experiment.resultSet.folder, spec))) continue;
      found.push(
        ...from.filter(
          ({ record }) => record.layer === place.layer && record.run.number === place.run && record.seed === seed,
        ),
      );
    }
    if (found.length === seeds.length) tables.push(...found); // what was broken off would turn verdicts for want of seeds
  }
  return tables;
}

/** Trains what an alternative changes at a place; a training that diverges is left out, and its claims with it. */
async function train(base: Experiment, other: Experiment, place: Place, seeds: number[]): Promise<void> {
  if (other !== base && !(await isChanged(base, other, place))) return;
  try {
    await other.trainAll({ runs: [place.run], layers: [place.layer], seeds });
  } catch (error) {
    if (!(error instanceof SncError && error.failure === "diverged")) throw error;
    report.line(error.message);
  }
}

async function main(): Promise<void> {
  const { layer: _, ...common } = studyOptions;
  const { values } = parseArgs({ options: { ...common, trained: { type: "boolean", default: false } } });
  const { profile, trained, write } = values;
  // Beside the other result sets, so that results/latest stays what it was.
  process.env.SNC_RESULTS = path.join(resultsFolder(), "readings-study");
  const open = (changed: Record<string, string> = {}): Promise<Experiment> =>
    openExperiment({ profile, readings: changed }, { report, signal: stopSignal });
  const base = await open();
  const seeds = Array.from({ length: wholeNumber("seeds", values.seeds, 1) }, (_, n) => base.profile.seeds[0] + n);
  const { claims } = await readRegistry();
  const places = placesOf(claims, await scopeOfSet(base)).filter(({ layer }) => base.profile.layers.includes(layer));
  if (!trained)
    for (const place of places) {
      await train(base, base, place, seeds);
      for (const { id, value } of alternatives)
        if (!isReported(id)) await train(base, await open({ [id]: value }), place, seeds);
    }
  const { tables: _all, untrained: _untrained, study: _study, ...rest } = await measurementOf(base);
  const check = (tables: TrainedTables[], changed: Record<string, string>) =>
    new Map(
      checkClaims(claims, claims, { ...rest, tables, readings: readings(changed) }).map((row) => [row.claim.id, row]),
    );
  const byDefault = check(await tablesUnder(base, base, places, seeds), {});
  const study: ReadingsStudy = { scope: rest.scope.text, alternatives: alternatives.length, claims: {} };
  for (const [id, { verdict, claim }] of byDefault)
    if (claim.runs.length > 0 && !claim.contradiction)
      study.claims[id] = { byDefault: verdict, studied: 0, turned: {} };
  for (const [n, { id, value }] of alternatives.entries()) {
    report.line(`reading ${n + 1} of ${alternatives.length}: ${id} = ${value}`);
    const other = isReported(id) ? base : await open({ [id]: value });
    const under = check(await tablesUnder(base, other, places, seeds), { [id]: value });
    for (const [claim, turns] of Object.entries(study.claims)) {
      const { verdict, because } = under.get(claim)!;
      if (verdict === "not measurable here" && because.startsWith("not trained")) continue;
      turns.studied++;
      if (verdict !== turns.byDefault) turns.turned[verdict] = [...(turns.turned[verdict] ?? []), `${id} = ${value}`];
    }
  }
  if (write) await writeJson(readingsStudyFile(profile), study);
  const rows = Object.entries(study.claims).map(([id, turns]) => [
    id,
    turns.byDefault,
    turnsText(turns, study.alternatives),
  ]);
  process.stdout.write(`${markdownTable([["claim", "verdict", "alternative readings"], ...rows])}\n`);
}

runStudy(main);
