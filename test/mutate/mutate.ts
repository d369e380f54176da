/**
 * `npm run mutate -- FOLDER`: plants plausible slips in src/FOLDER, one at a time and in a copy, and runs the quick tests
 * that reach the file until one fails. Prints each slip that no test notices, then how many were killed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { SncError } from "../../src/base/errors.js";
import { packageFolder } from "../../src/base/files.js";
import { type Reporter, silent, stderrReporter } from "../../src/base/progress.js";
import { permutation, stream } from "../../src/base/random.js";
import { wholeNumber } from "../../studies/study.js";
import { type Ending, openPlots, type Plot, typeChecker, withSlip } from "./plant.js";
import { reachingTests } from "./reach.js";
import { type Slip, slipsIn } from "./slips.js";

const help = `npm run mutate -- FOLDER [options]

Plants plausible slips (< for <=, a guard forgotten, train for test, …) in the files of src/FOLDER, one at a time,
and runs the quick tests that import the file until one fails. A slip that the compiler refuses does not count.
Each slip stands in a temporary copy: the checkout stays as it is, after Ctrl-C too.

  FOLDER        below src/, for example claims or notebook/run
  --file F      only this file of it, for example check.ts
  --sample N    how many slips, or all (60)
  --seed S      which ones (0)
  --jobs N      slips at a time (half the cores)
  --slowest S   leaves out tests that take more seconds than this (30)

It prints a line for each slip that no test noticed, file:line  before → after, and the share that was killed.
For each of them: write a test that fails with the slip and passes without, or say why the slip changes nothing.`;

interface MutateOptions {
  /** The package, whose src/ and test/ are read. */
  root: string;
  folder: string;
  file?: string;
  sample: number;
  seed: number;
  jobs: number;
  slowestSeconds: number;
  reporter?: Reporter;
  /** Told of every slip that no test noticed, at once. */
  onSurvivor?: (slip: Slip) => void;
}

interface MutateResult {
  planted: number;
  survivors: Slip[];
  /** Tests that fail, or take too long, without a slip, and which of both. */
  leftOut: string[];
}

/** Plants slips in a folder of a package, one at a time, and finds those that no test notices. */
export async function mutate(options: MutateOptions): Promise<MutateResult> {
  const { root, sample, jobs, slowestSeconds, reporter = silent, onSurvivor } = options;
  const slips = shuffled(
    options.seed,
    filesOf(options).flatMap((file) => slipsIn(file, textOf(root, file))),
  );
  const testsOf = reachingTests(root, quickTests(root));
  const { unchanged, plots, close } = openPlots(root, jobs);
  const limits = limitsOn(unchanged, slowestSeconds);
  const bar = reporter.bar("slips", Math.min(sample, slips.length));
  const survivors: Slip[] = [];
  let planted = 0;
  const queue = plausible(root, slips, sample); // all plots take from it
  const work = async (plot: Plot): Promise<void> => {
    for (const { slip, text } of queue) {
      planted++;
      if (!(await isKilled(plot, { file: slip.file, text }, testsOf(slip.file), limits.of))) {
        survivors.push(slip);
        onSurvivor?.(slip);
      }
      bar.advance();
    }
  };
  try {
    await Promise.all(plots.map(work));
  } finally {
    close();
  }
  bar.finish();
  return { planted, survivors, leftOut: await limits.leftOut() };
}

/** The first `sample` of these slips that pass the type check, each with the text of its file. */
function* plausible(root: string, slips: readonly Slip[], sample: number): Generator<{ slip: Slip; text: string }> {
  const passesTypes = typeChecker(root);
  let taken = 0;
  for (const slip of slips) {
    const text = withSlip(textOf(root, slip.file), slip);
    if (!passesTypes(slip.file, text)) continue;
    if (++taken > sample) return;
    yield { slip, text };
  }
}

/** Seconds that a test may take with a slip: a loop ends there. Null if it does not pass without one. */
interface Limit {
  seconds: number | null;
  ending: Ending;
}
type LimitOf = (test: string) => Promise<Limit>;

async function isKilled(
  plot: Plot,
  planted: { file: string; text: string },
  tests: readonly string[],
  limitOf: LimitOf,
): Promise<boolean> {
  for (const test of tests) {
    const { seconds } = await limitOf(test);
    if (seconds !== null && (await plot.endingOf(test, seconds, planted)) !== "passes") return true;
  }
  return false;
}

/** Each test's limit, found by running it without a slip when it is first asked for. */
function limitsOn(unchanged: Plot, slowestSeconds: number): { of: LimitOf; leftOut(): Promise<string[]> } {
  const limits = new Map<string, Promise<Limit>>();
  const measured = async (test: string): Promise<Limit> => {
    const startedAt = performance.now();
    const ending = await unchanged.endingOf(test, slowestSeconds);
    return { ending, seconds: ending === "passes" ? 5 + (4 * (performance.now() - startedAt)) / 1000 : null };
  };
  return {
    of(test) {
      if (!limits.has(test)) limits.set(test, measured(test));
      return limits.get(test)!;
    },
    async leftOut() {
      const all = await Promise.all([...limits].map(async ([test, limit]) => ({ test, ...(await limit) })));
      return all.filter(({ seconds }) => seconds === null).map(({ test, ending }) => `${test} ${ending}`);
    },
  };
}

const textOf = (root: string, file: string): string => readFileSync(path.join(root, file), "utf8");

function shuffled<T>(seed: number, items: readonly T[]): T[] {
  return Array.from(permutation(stream(seed, "mutate"), items.length).reverse(), (at) => items[at]);
}

function filesOf({ root, folder, file }: MutateOptions): string[] {
  const files = filesBelow(root, path.join("src", folder)).filter((name) => /\.tsx?$/.test(name));
  const chosen = files.filter((name) => file === undefined || name === path.join("src", folder, file));
  if (chosen.length > 0) return chosen;
  const below =
    file === undefined ? "a folder below src/" : files.map((name) => path.relative(`src/${folder}`, name)).join(", ");
  throw new SncError("usage", `expected ${below}, found "${file ?? folder}". Run: npm run mutate -- --help`);
}

/** Suites are not quick; and a runner that is ended within a runner would leave its tests behind. */
const quickTests = (root: string): string[] =>
  filesBelow(root, "test").filter((name) => name.endsWith(".test.ts") && !/^test[/\\](suites|mutate)[/\\]/.test(name));

function filesBelow(root: string, folder: string): string[] {
  try {
    return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => path.join(folder, name))
      .sort();
  } catch {
    return [];
  }
}

/** A slip as a line: what both sides have in common is cut where it is long. */
const lineOf = ({ file, line, before, after }: Slip): string =>
  `${file}:${line}  ${onOneLine(before)} → ${onOneLine(after)}`;

function onOneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 70 ? `${line.slice(0, 45)} … ${line.slice(-20)}` : line;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      file: { type: "string" },
      sample: { type: "string", default: "60" },
      seed: { type: "string", default: "0" },
      jobs: { type: "string", default: String(Math.max(1, Math.floor(availableParallelism() / 2))) },
      slowest: { type: "string", default: "30" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${help}\n`);
  if (positionals.length !== 1) throw new SncError("usage", `expected one folder below src/. ${help}`);
  const { planted, survivors, leftOut } = await mutate({
    root: packageFolder,
    folder: positionals[0],
    file: values.file,
    sample: values.sample === "all" ? Number.POSITIVE_INFINITY : wholeNumber("sample", values.sample),
    seed: wholeNumber("seed", values.seed),
    jobs: wholeNumber("jobs", values.jobs, 1),
    slowestSeconds: wholeNumber("slowest", values.slowest),
    reporter: stderrReporter(),
    onSurvivor: (slip) => process.stdout.write(`${lineOf(slip)}\n`),
  });
  for (const test of leftOut.sort()) process.stdout.write(`left out: ${test} without a slip\n`);
  const killed = planted - survivors.length;
  const share = planted === 0 ? 100 : Math.round((100 * killed) / planted);
  process.stdout.write(`${planted} planted, ${killed} killed, ${survivors.length} survived (${share} % killed)\n`);
}

if (require.main === module)
  main().catch((error) => {
    process.stderr.write(`${error instanceof SncError ? error.message : error.stack}\n`);
    process.exitCode = error instanceof SncError ? error.exitCode : 70;
  });
