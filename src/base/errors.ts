/** Exit codes of every `snc` command (docs/architecture.md, "Exit codes"). */
export const exitCodes = {
  ok: 0,
  claim: 1,
  usage: 2,
  notebook: 3,
  timeout: 4,
  input: 5,
  environment: 6,
  diverged: 7,
  internal: 70,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

/** A kind of failure, by the name of its exit code. */
export type Failure = Exclude<keyof typeof exitCodes, "ok">;

/** An error a user can act on: the message names the thing, what was expected, what was found, and the next command. */
export class SncError extends Error {
  override readonly name = "SncError";
  constructor(
    readonly failure: Failure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
  get exitCode(): number {
    return exitCodes[this.failure];
  }
}

/** Throws when the user has asked to stop; called between pieces of work that are whole by themselves. */
export function throwIfStopped(signal?: AbortSignal): void {
  if (!signal?.aborted) return;
  throw signal.reason instanceof SncError ? signal.reason : new SncError("interrupted", "stopped on request");
}
