/** Under a global symbol: the library that listens may be another copy than the kernel's. */
const symbol = Symbol.for("selective-neural-competition.interrupt");
const holder = globalThis as { [symbol]?: AbortController };

/** Aborted when the user interrupts the kernel. Work that starts afterwards asks again and gets another. */
export function interruptSignal(): AbortSignal {
  holder[symbol] ??= new AbortController();
  return holder[symbol].signal;
}

/** Tells all work that listens, of whatever cell, that the user has interrupted the kernel. */
export function interruptWork(): void {
  const controller = holder[symbol];
  holder[symbol] = undefined;
  controller?.abort();
}
