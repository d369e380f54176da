import { setImmediate, setTimeout } from "./originals.js";
import { type PendingWork, pendingWork, releaseServers } from "./pending.js";

const pollMs = 20;

/** What keeps the process alive for the kernel's own sake. */
interface KeepAlive {
  ref(): void;
  unref(): void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Waits until Node would end the process by itself, as it ends a script: nothing that still can fail is pending then. Stops
 * earlier when `isOver` says so, and at the limit. Returns what cells left behind.
 */
export async function settle(seconds: number, kernel: KeepAlive, isOver: () => boolean): Promise<PendingWork[]> {
  kernel.unref();
  const until = process.uptime() + seconds;
  const outcome = await new Promise<"empty" | "over" | "limit">((resolve) => {
    let timesEmpty = 0;
    let isWaiting = true;
    const end = (how: "empty" | "over" | "limit"): void => {
      isWaiting = false;
      process.removeListener("beforeExit", onEmpty);
      resolve(how);
    };
    // Listeners of cells may start more; they are told once, as at the end of a script, then it has to be over.
    const onEmpty = (): void => {
      setImmediate(() => {}); // without it the process would end now, before any promise could go on
      if (++timesEmpty === 2) end("empty");
    };
    const poll = (): void => {
      if (!isWaiting) return; // the kernel's own handles keep the process again
      releaseServers();
      if (isOver()) end("over");
      else if (process.uptime() >= until) end("limit");
      else setTimeout(poll, pollMs).unref();
    };
    process.on("beforeExit", onEmpty);
    poll();
  });
  for (let i = 0; i < 3; i++) await turn(); // what has just ended is taken off the list by then
  const pending = outcome === "over" ? [] : pendingWork(outcome === "limit");
  kernel.ref();
  return pending;
}
