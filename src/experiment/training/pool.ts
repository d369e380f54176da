import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Failure, SncError, throwIfStopped } from "../../base/errors.js";
import type { Reporter } from "../../base/progress.js";
import type { MethodSpec, VariationSpec } from "../spec.js";
import type { MeasuredAt } from "./spec.js";

/** One training of an experiment, as another process can be told it. */
export interface TrainingJob {
  run: RunAsJob;
  layer: number;
  seed: number;
  /** A control: see `ControlOption`. */
  untrained?: boolean;
  measured?: MeasuredAt;
  /** Trainings due after it that may take its steps: see `TrainingOptions`. */
  followers?: RunAsJob[];
}

type RunAsJob = number | VariationSpec | MethodSpec;

/** A training to be done, and after which other one: it may take that one's steps. */
export interface DueJob {
  job: TrainingJob;
  after?: DueJob;
}

export type ToWorker = { type: "open"; experiment: string } | { type: "train"; job: TrainingJob & { force: boolean } };

export type FromWorker =
  | { type: "ready" }
  | { type: "steps"; count: number }
  | { type: "line"; text: string }
  | { type: "done" }
  | { type: "failed"; failure: Failure; message: string };

export interface PoolOptions {
  workers: number;
  /** Folder of the result set, which says what the experiment is. */
  experiment: string;
  force: boolean;
  /** Steps of one training, for the bar. */
  steps: number;
  report: Reporter;
  signal?: AbortSignal;
  /** Throws where a job's failure ends all. */
  onFailure(job: DueJob, error: unknown): void;
}

/** How long a worker may take to end its step and go, before it is killed. */
const patienceMilliseconds = 10_000;

/** How many trainings or notebooks go side by side unless said otherwise: one a core, not more than memory has room for. */
export function workersFor(jobs: number): number {
  const bytesEach = 2e9;
  const room = Math.floor(os.freemem() / bytesEach);
  return Math.max(1, Math.min(jobs, os.availableParallelism(), room));
}

/**
 * Computes trainings in processes of their own, so many at a time, the cores shared out among them. Each writes its
 * results where the experiment looks for them. The first failure ends all; what others have done is kept.
 */
export async function trainSideBySide(jobs: DueJob[], options: PoolOptions): Promise<void> {
  const { report, signal, steps, force } = options;
  const bar = report.bar(`${jobs.length} trainings, ${options.workers} at a time`, jobs.length * steps, "steps");
  const waiting = [...jobs];
  const done = new Set<DueJob>();
  const progress = new EventEmitter();
  /** The first that waits for no other; undefined where none is left. */
  const next = async (): Promise<DueJob | undefined> => {
    while (waiting.length > 0 && !signal?.aborted) {
      const at = waiting.findIndex(({ after }) => !after || done.has(after));
      if (at >= 0) return waiting.splice(at, 1)[0];
      await once(progress, "done");
    }
    return undefined;
  };
  const workers = Array.from({ length: options.workers }, () => startWorker(options));
  const stop = (): void => {
    for (const worker of workers) worker.kill("SIGTERM");
  };
  signal?.addEventListener("abort", stop);
  const work = async (worker: ChildProcess): Promise<void> => {
    const heard = { line: report.line, steps: (count: number) => bar.advance(count) };
    await tell(worker, { type: "open", experiment: options.experiment }, heard);
    for (let due = await next(); due; due = await next()) {
      await tell(worker, { type: "train", job: { ...due.job, force } }, heard).catch((error) =>
        options.onFailure(due, error),
      );
      done.add(due);
      progress.emit("done");
    }
  };
  try {
    await Promise.all(workers.map(work));
  } catch (error) {
    waiting.length = 0;
    throwIfStopped(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
    await Promise.all(workers.map(ended));
    bar.finish();
  }
  throwIfStopped(signal);
}

function startWorker({ workers }: PoolOptions): ChildProcess {
  const threads = Math.max(1, Math.floor(os.availableParallelism() / workers));
  return fork(path.join(__dirname, `worker${path.extname(__filename)}`), {
    env: { TF_NUM_INTRAOP_THREADS: String(threads), ...process.env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** Tells a worker to do something; ends when that is done, or fails as it failed, or with the worker's own end. */
async function tell(
  worker: ChildProcess,
  message: ToWorker,
  heard: { line(text: string): void; steps(count: number): void },
): Promise<void> {
  let listen = (_message: FromWorker): void => {};
  let leave = (..._exit: unknown[]): void => {};
  const answered = new Promise<void>((resolve, reject) => {
    listen = (from) => {
      if (from.type === "steps") heard.steps(from.count);
      else if (from.type === "line") heard.line(from.text);
      else if (from.type === "failed") reject(new SncError(from.failure, from.message));
      else resolve();
    };
    leave = (code, signal) => {
      const ended = `a training process ended with ${signal ?? `code ${code}`}: ${JSON.stringify(message)}`;
      // Nothing of ours sends this to a worker at work: the system does where memory is short.
      const killed = signal === "SIGKILL";
      const advice = ". End other programs, or train fewer at a time: --jobs 1. Then run the same command again";
      reject(new SncError(killed ? "environment" : "internal", killed ? ended + advice : ended));
    };
  });
  worker.on("message", listen).once("exit", leave);
  worker.send(message);
  try {
    await answered;
  } finally {
    worker.off("message", listen).off("exit", leave);
  }
}

/** Waits until a worker that was told to go is gone. */
async function ended(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const patience = new AbortController();
  const late = sleep(patienceMilliseconds, undefined, { signal: patience.signal }).then(
    () => worker.kill("SIGKILL"),
    () => {}, // it went by itself
  );
  await once(worker, "exit");
  patience.abort();
  await late;
}
