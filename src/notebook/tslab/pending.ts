/** What cells have started and not ended: timers, child processes, servers, requests. */
import { createHook } from "node:async_hooks";
import { cellOfContext } from "./context.js";
import { noteExitCode } from "./exit-code.js";

/** Something that a cell left behind when its notebook ended. */
export interface PendingWork {
  /** The request of the cell that started it; undefined where that is not known. */
  request: number | undefined;
  what: string;
}

interface Started {
  type: string;
  request: number;
  resource: WeakRef<object>;
  /** Of a timer: who set it. */
  stack?: Error;
}

/** What the types of resources that people know are called; others are companions of these, or of no interest. */
const names: Record<string, string> = {
  Timeout: "a timer",
  PROCESSWRAP: "a child process",
  WORKER: "a worker",
  TCPSERVERWRAP: "a listening server",
  PIPESERVERWRAP: "a listening server",
  UDPWRAP: "a UDP socket",
  TCPWRAP: "an open connection",
  TCPCONNECTWRAP: "an open connection",
  PIPEWRAP: "an open pipe",
  MESSAGEPORT: "a message port",
  FSEVENTWRAP: "a file watcher",
  STATWATCHER: "a file watcher",
  FSREQCALLBACK: "a file operation",
  FSREQPROMISE: "a file operation",
  GETADDRINFOREQWRAP: "a name look-up",
  QUERYWRAP: "a name look-up",
};
/** They wait for others and fail at nothing of their own. */
const servers = new Set(["TCPSERVERWRAP", "PIPESERVERWRAP", "UDPWRAP"]);
/** Where unreferenced ones are an author's choice; Node itself keeps idle connections so. */
const choices = new Set(["Timeout", "PROCESSWRAP", "WORKER", "FSEVENTWRAP", "STATWATCHER"]);
/** Parts of what is named beside them. */
const companions: Record<string, string> = { PIPEWRAP: "PROCESSWRAP", MESSAGEPORT: "WORKER" };

const started = new Map<number, Started>();
/** What the kernel itself watches and listens to; the compiler watches the folders of what cells import. */
const kernelsOwn = new Map<number, WeakRef<object>>();

/** Begins to remember what cells start. */
export function watchPendingWork(): void {
  createHook({
    init(id, type, _trigger, resource) {
      noteExitCode(cellOfContext);
      if (!(type in names)) return;
      const request = cellOfContext();
      if (request === undefined) return void kernelsOwn.set(id, new WeakRef(resource));
      const stack = type === "Timeout" ? new Error() : undefined;
      started.set(id, { type, request, resource: new WeakRef(resource), stack });
    },
    destroy(id) {
      started.delete(id);
      kernelsOwn.delete(id);
    },
  }).enable();
}

/** Neither the kernel's own watchers nor listening servers keep the process any more: what else does can still fail. */
export function releaseServers(): void {
  const listening = [...started.values()].filter(({ type }) => servers.has(type)).map(({ resource }) => resource);
  for (const resource of [...kernelsOwn.values(), ...listening]) {
    (resource.deref() as { unref?(): void } | undefined)?.unref?.();
  }
}

/** What is left of what cells started; with `all`, also what keeps the process alive. */
export function pendingWork(all: boolean): PendingWork[] {
  const counts = new Map<string, PendingWork & { count: number }>();
  const types = new Set([...started.values()].map(({ type, request }) => `${request} ${type}`));
  for (const { type, request, resource, stack } of started.values()) {
    const object = resource.deref() as { hasRef?(): boolean | null } | undefined;
    if (!object || types.has(`${request} ${companions[type]}`)) continue;
    const keepsAlive = object.hasRef ? object.hasRef() : true;
    const counted = servers.has(type) || (keepsAlive ? all : keepsAlive === false && choices.has(type));
    if (!counted || (stack && isNodesOwn(stack))) continue;
    const what = describe(type, object, keepsAlive === false);
    const known = counts.get(`${request} ${what}`);
    if (known) known.count++;
    else counts.set(`${request} ${what}`, { request, what, count: 1 });
  }
  const found = [...counts.values()].map(({ request, what, count }) => ({
    request,
    what: count === 1 ? what : `${what} (${count} of them)`,
  }));
  if (all && found.length === 0) found.push(...unknownWork());
  return found;
}

function describe(type: string, resource: object, isUnreferenced: boolean): string {
  const name =
    type === "Timeout" && (resource as { _repeat?: number | null })._repeat != null ? "an interval" : names[type];
  return isUnreferenced && !servers.has(type) ? `${name} that was unreferenced` : name;
}

/** Whether Node itself set this timer: the first frame above those of the timers' own modules is Node's. */
function isNodesOwn({ stack = "" }: Error): boolean {
  const frames = stack.split("\n");
  const made = frames.findIndex((frame) => frame.includes("at new Timeout "));
  const caller = frames.slice(made + 1).find((frame) => !frame.includes("(node:timers:"));
  return made >= 0 && /[( ]node:/.test(caller ?? "");
}

/** Work of native code, which no hook tells of. */
function unknownWork(): PendingWork[] {
  const active = [...new Set(process.getActiveResourcesInfo())];
  return [{ request: undefined, what: active.length > 0 ? active.join(", ") : "work of native code" }];
}
