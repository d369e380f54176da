import { Presets, SingleBar } from "cli-progress";

/** One piece of long work: how much of it is done. */
export interface Bar {
  /** So much more is done; 1 by default. */
  advance(amount?: number): void;
  /** All is done that will be. */
  finish(): void;
}

/** What a function tells its user while it works. Library functions take one and default to `silent`. */
export interface Reporter {
  /** Starts a bar for `total` units; `rate` names what is counted per second, for example "tokens". */
  bar(label: string, total: number, rate?: string): Bar;
  /** One finished fact, a line of its own. */
  line(text: string): void;
}

/** Says nothing. */
export const silent: Reporter = { bar: () => ({ advance() {}, finish() {} }), line() {} };

const seconds = (s: number): string =>
  !Number.isFinite(s) ? "?" : s < 60 ? `${Math.ceil(s)} s` : `${Math.floor(s / 60)} min ${Math.ceil(s % 60)} s`;

/**
 * Progress on standard error: a bar with rate and time left on a terminal, otherwise a line every `everySeconds`. Work
 * side by side takes `bars: false`, because two bars write over each other.
 */
export function stderrReporter({ everySeconds = 10, stream = process.stderr, bars = true } = {}): Reporter {
  return {
    line: (text) => void stream.write(stream.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`), // over a bar, which is drawn anew
    bar: (label, total, rate) =>
      (bars && stream.isTTY ? terminalBar : lineBar)(label, total, rate, stream, everySeconds),
  };
}

type BarMaker = (l: string, total: number, rate: string | undefined, s: NodeJS.WriteStream, every: number) => Bar;

/** The state of a bar as text; the rate counts only what was done here, not what an earlier run had left done. */
export function describeProgress(done: number, total: number, startedAt: number, rate?: string): string {
  const elapsed = (performance.now() - startedAt) / 1000;
  const perSecond = done / elapsed;
  const speed = rate && done > 0 ? `, ${Math.round(perSecond)} ${rate}/s` : "";
  return `${done}/${total}${speed}, ${seconds((total - done) / perSecond)} left`;
}

const terminalBar: BarMaker = (label, total, rate, stream) => {
  const startedAt = performance.now();
  let done = 0;
  const bar = new SingleBar(
    {
      stream,
      format: `${label} {bar} {percentage}% {state}`,
      hideCursor: false,
      clearOnComplete: false,
      linewrap: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { state: "" });
  return {
    advance(amount = 1) {
      done += amount;
      bar.update(done, { state: describeProgress(done, total, startedAt, rate) });
    },
    finish: () => bar.stop(),
  };
};

const lineBar: BarMaker = (label, total, rate, stream, every) => {
  const startedAt = performance.now();
  let done = 0;
  let saidAt = startedAt;
  return {
    advance(amount = 1) {
      done += amount;
      if (performance.now() - saidAt < every * 1000) return;
      saidAt = performance.now();
      stream.write(`${label}: ${describeProgress(done, total, startedAt, rate)}\n`);
    },
    finish() {
      const elapsed = (performance.now() - startedAt) / 1000;
      const speed = rate && elapsed > 0 ? `, ${Math.round(done / elapsed)} ${rate}/s` : "";
      stream.write(`${label}: ${done}/${total} in ${seconds(elapsed)}${speed}\n`);
    },
  };
};

/** Bytes for people, to three digits. */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;
