/** A piece of work that waits for others. */
export interface Scheduled {
  name: string;
  /** Names of pieces that are scheduled with it. */
  dependsOn: readonly string[];
}

export interface ScheduleOptions<N> {
  /** How many run side by side. */
  jobs: number;
  /** Whether a failure leaves those running that do not depend on it; by default nothing starts after one. */
  keepGoing: boolean;
  signal?: AbortSignal;
  /** Does the work, and says whether it succeeded. What it throws stops everything. */
  run(node: N, signal: AbortSignal): Promise<boolean>;
  /** Told of each that will not run, and why. */
  passOver(node: N, reason: string): void;
}

/**
 * Runs each of `nodes` (in an order that respects their dependencies) when all it depends on has succeeded. Ends when
 * nothing runs any more, also after a stop or an error.
 */
export async function schedule<N extends Scheduled>(nodes: readonly N[], options: ScheduleOptions<N>): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const succeeded = new Map<string, boolean>();
  const running = new Set<Promise<void>>();
  let waiting = [...nodes];
  let firstFailed: string | undefined;
  let thrown: { error: unknown } | undefined;

  const start = (node: N): void => {
    const done = options
      .run(node, signal)
      .catch((error: unknown) => {
        thrown ??= { error };
        stop.abort(error);
        return false;
      })
      .then((isGood) => {
        running.delete(done);
        succeeded.set(node.name, isGood);
        if (!isGood) firstFailed ??= node.name;
      });
    running.add(done);
  };
  const whyNot = (node: N): string | undefined => {
    if (signal.aborted) return "stopped";
    const failed = node.dependsOn.find((name) => succeeded.get(name) === false);
    if (failed !== undefined) return `it needs ${failed}, which did not succeed`;
    return firstFailed !== undefined && !options.keepGoing ? `${firstFailed} failed` : undefined;
  };

  do {
    const stillWaiting: N[] = [];
    for (const node of waiting) {
      const reason = whyNot(node);
      if (reason !== undefined) {
        options.passOver(node, reason);
        succeeded.set(node.name, false);
      } else if (running.size < options.jobs && node.dependsOn.every((name) => succeeded.get(name))) start(node);
      else stillWaiting.push(node);
    }
    waiting = stillWaiting;
    if (running.size > 0) await Promise.race(running);
  } while (running.size > 0 || waiting.length > 0);
  if (thrown) throw thrown.error;
}
