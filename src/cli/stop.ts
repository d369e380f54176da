import { SncError } from "../base/errors.js";

const controller = new AbortController();

/** Aborted by the first Ctrl-C or SIGTERM: work ends at its next safe point. A second Ctrl-C ends the process at once. */
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
