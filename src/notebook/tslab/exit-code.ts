/** Who last set `process.exitCode`: nobody is told when it happens, so it is looked at often. */
let seen = 0;
let setBy: number | undefined;

const exitCode = (): number => Number(process.exitCode ?? 0);

/** Looks at the exit code; one that has changed was set by the cell that `by` tells. */
export function noteExitCode(by: () => number | undefined): void {
  const code = exitCode();
  if (code === seen) return;
  seen = code;
  setBy = by();
}

/** The exit code by which cells call their own work failed, and the cell that set it. */
export function failingExitCode(): { code: number; request: number | undefined } | null {
  noteExitCode(() => undefined);
  return seen === 0 ? null : { code: seen, request: setBy };
}
