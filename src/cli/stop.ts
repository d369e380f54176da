import { SncError } from "../base/errors.js";

const controller = new AbortController();

/**
 * Aborted by the first Ctrl-C or SIGTERM, or by the loss of standard output: work ends at its next safe point. A second
 * Ctrl-C ends the process at once.
 */
export const stopSignal: AbortSignal = controller.signal;

/** Starts listening; called once by main. */
export function listenForStop(): void {
  const stop = (failure: "interrupted" | "terminated", signal: string, code: number) => () => {
    if (controller.signal.aborted) process.exit(code);
    process.stderr.write(`\n${signal}: stopping at the next safe point (again: at once)\n`);
    controller.abort(new SncError(failure, `stopped by ${signal}. Run the same command again to go on`));
  };
  process.on("SIGINT", stop("interrupted", "Ctrl-C", 130));
  process.on("SIGTERM", stop("terminated", "SIGTERM", 143));
}

/**
 * Starts listening for the loss of standard output; called once by main. The command stops at its next safe point, and
 * `tell` is told why: closed by its reader, as in `snc … | head`, or a fault such as a full disk. Progress on standard
 * error that nobody reads is no reason to stop.
 */
export function listenForLostOutput(tell: (error: SncError) => void): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (controller.signal.aborted) return;
    const lost =
      error.code === "EPIPE"
        ? new SncError("brokenPipe", "standard output: closed by its reader")
        : new SncError(
            "environment",
            `standard output: expected to write to it, found ${error.message}. Send it elsewhere`,
          );
    controller.abort(lost);
    tell(lost);
  });
  process.stderr.on("error", () => {});
}
