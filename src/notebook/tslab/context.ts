/** Which cell the code that runs now belongs to: also in timers, promises and callbacks that outlive their cell. */
import { AsyncLocalStorage } from "node:async_hooks";

interface AsyncWrapBinding {
  async_hook_fields: Uint32Array;
  constants: { kCheck: number; kTotals: number };
}

const context = new AsyncLocalStorage<number | undefined>();

/** Runs a cell's code; all it starts belongs to the cell of this request. */
export const runInCell = <T>(request: number, run: () => T): T => context.run(request, run);

/** The request of the cell whose code runs now; undefined in the kernel's own. */
export const cellOfContext = (): number | undefined => context.getStore();

/**
 * An interrupt that terminates JavaScript leaves entries on the stack of asynchronous contexts. Node then aborts the
 * process, unless it believes that nobody uses them. Contexts stay right: each callback puts its own on top.
 * Call once all hooks are in place.
 */
export function keepContextsThroughTermination(): void {
  context.run(0, () => {}); // before its first use it has no hook
  const { noDeprecation } = process;
  process.noDeprecation = true; // there is no other way to these fields
  try {
    const { binding } = process as unknown as { binding?(name: string): AsyncWrapBinding };
    const { async_hook_fields: fields, constants } = binding?.("async_wrap") ?? {};
    if (!fields || !constants) return;
    fields[constants.kCheck] = 0;
    fields[constants.kTotals] = 0;
  } finally {
    process.noDeprecation = noDeprecation;
  }
}
