import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { exists, packageFolder } from "../../base/files.js";
import { systemFault } from "../../base/system-errors.js";
import { Channels, type KernelExit, KernelFailure } from "./channels.js";
import { createConnection, defaultTransport, type Transport } from "./connection.js";
import { acquireGuard, type Guard } from "./guard.js";
import { descriptorsVariable, LastWords, withPipes } from "./pipes.js";
import { endMarkedProcesses, extendMark, markVariable, signalProcess } from "./processes.js";
import type { Content, Message } from "./protocol.js";
import { within } from "./waiting.js";

export interface KernelOptions {
  /** Working directory of the kernel; imports in cells resolve from here. */
  cwd: string;
  env?: NodeJS.ProcessEnv;
  transport?: Transport;
  startupTimeoutSeconds?: number;
  signal?: AbortSignal;
  /** Every message on iopub, in order. */
  onIopub?(message: Message): void;
  /** What the kernel process writes to its own standard output and error: not output of cells. */
  onProcessOutput?(text: string): void;
}

export interface Execution {
  /** The id by which its output on iopub can be told. */
  messageId: string;
  /** The reply, once the cell's `idle` has come too and no output is missing. */
  reply: Promise<Message>;
}

const isWindows = process.platform === "win32";

export const launcherFile: string = path.join(packageFolder, "dist", "notebook", "tslab", "launcher.js");
/**
 * How a kernel is started; the connection file follows. An interrupt may terminate a timer, which Node's checks would take
 * for corruption.
 */
export const kernelArguments: readonly string[] = [
  ...(isWindows ? [] : ["/bin/sh", "-c", withPipes, "snc-kernel"]),
  process.execPath,
  "--no-force-async-hooks-checks",
  launcherFile,
];
/** Exit code by which the launcher says that it could not listen on its sockets. */
const cannotListen = 71;
const startAttempts = 3;
const longestTail = 8000;

let kernelCount = 0;

/** A kernel process of our own and the client's end of its sockets. */
export class Kernel {
  /** Content of the kernel's `kernel_info_reply`. */
  info: Content = {};
  exit: KernelExit | undefined;
  readonly exited: Promise<KernelExit>;
  /** The end of what the process wrote to its standard output and error. */
  processTail = "";
  private spawnError: Error | undefined;
  private isReady = false;
  private ending: Promise<void> | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly channels: Channels,
    private readonly guard: Guard,
    private readonly token: string,
    private readonly connectionFile: string,
    private readonly lastWords: LastWords,
  ) {
    this.exited = new Promise((resolve) => {
      const onEnd = (exit: KernelExit): void => {
        this.exit ??= exit;
        this.processTail += this.lastWords.read();
        resolve(this.exit);
        void channels.failWhenQuiet(() => this.deathNotice());
      };
      child.once("exit", (code, signal) => onEnd({ code, signal }));
      child.once("error", (error) => {
        this.processTail += error.message;
        this.spawnError = error;
        onEnd({ code: null, signal: null });
      });
    });
  }

  /** Starts a kernel and waits until it answers; a port that was taken meanwhile is a reason to try again. */
  static async start(options: KernelOptions): Promise<Kernel> {
    for (let attempt = 1; ; attempt++) {
      const kernel = await Kernel.launch(options);
      try {
        await kernel.waitUntilReady(options);
        return kernel;
      } catch (error) {
        await kernel.shutdown();
        if (kernel.exit?.code === cannotListen && attempt < startAttempts) continue;
        throw kernel.startFault() ?? error;
      }
    }
  }

  private static async launch(options: KernelOptions): Promise<Kernel> {
    if (!(await exists(launcherFile)))
      throw new SncError("environment", `${launcherFile}: not built. Run: npm run build`);
    const guard = acquireGuard();
    try {
      const transport = options.transport ?? defaultTransport(guard.folder);
      const name = `k${++kernelCount}`; // another kernel may start while this one waits
      const { file, connection } = await createConnection(guard.folder, name, transport);
      const token = randomUUID();
      const env = { ...process.env, ...options.env };
      env[markVariable] = extendMark(token, extendMark(guard.token));
      const lastWords = new LastWords(path.join(guard.folder, `${name}-words`));
      env[descriptorsVariable] = lastWords.prefix;
      const channels = new Channels(connection, (message) => options.onIopub?.(message));
      // Its own process group: signals to ours do not reach it, and it can be ended whole.
      const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
      const [program, ...args] = kernelArguments;
      const child = spawn(program, [...args, file, guard.folder], {
        cwd: options.cwd,
        env,
        detached: !isWindows,
        windowsHide: true,
        stdio,
      });
      const kernel = new Kernel(child, channels, guard, token, file, lastWords);
      for (const output of [child.stdout, child.stderr]) {
        output?.setEncoding("utf8").on("data", (text: string) => {
          kernel.processTail = (kernel.processTail + text).slice(-longestTail);
          options.onProcessOutput?.(text);
        });
      }
      return kernel;
    } catch (error) {
      guard.release();
      throw error;
    }
  }

  private async waitUntilReady({ startupTimeoutSeconds = 60, signal }: KernelOptions): Promise<void> {
    const until = Date.now() + startupTimeoutSeconds * 1000;
    // A subscription takes a moment: ask until an answer and its `idle` on iopub have both arrived.
    let ready: Message | undefined;
    let failure: unknown;
    while (!ready) {
      const asked = this.channels.request("shell", "kernel_info_request", {});
      asked.reply.then(
        (reply) => {
          ready ??= reply;
        },
        (error: unknown) => {
          failure ??= error;
        },
      );
      await within(
        0.25,
        asked.reply.catch(() => {}),
      );
      if (ready) break;
      if (failure) throw failure;
      if (signal?.aborted) throw new KernelFailure("stopped", "stopped while the kernel was starting");
      if (Date.now() > until) {
        throw new KernelFailure(
          "startTimeout",
          `the kernel did not answer within ${startupTimeoutSeconds} s of its start`,
        );
      }
    }
    this.channels.forgetRequests();
    this.lastWords.hold();
    this.isReady = true;
    this.info = ready.content;
    await rm(this.connectionFile, { force: true });
  }

  /** Runs code in the kernel; output comes through `onIopub`. */
  execute(code: string, content: Content = {}): Execution {
    const request = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    return this.channels.request("shell", "execute_request", { ...request, stop_on_error: true, ...content });
  }

  /** Asks the kernel to end the cell that runs; whether it did shows in the cell's own reply. */
  interrupt(): void {
    if (!this.exit) this.channels.request("control", "interrupt_request", {}).reply.catch(() => {});
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Ends the kernel and all it started: a request, then SIGTERM, then SIGKILL. Never fails, and may be called twice. */
  shutdown(): Promise<void> {
    this.ending ??= this.end();
    return this.ending;
  }

  private async end(): Promise<void> {
    const { pid } = this.child;
    const group = pid === undefined || isWindows ? pid : -pid;
    // Before the kernel answered no cell ran: there is nothing it should end in order.
    if (!this.exit && group !== undefined && this.isReady) {
      this.channels.request("control", "shutdown_request", { restart: false }).reply.catch(() => {});
      if (!(await within(3, this.exited))) signalProcess(group, "SIGTERM");
      if (!(await within(1, this.exited))) await endMarkedProcesses(this.token); // while its children are still its own
    }
    this.channels.close();
    if (group !== undefined) signalProcess(group, "SIGKILL"); // children that stayed in the group outlive their leader
    await endMarkedProcesses(this.token);
    await within(5, this.exited);
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    await rm(this.connectionFile, { force: true });
    this.guard.release();
  }

  /** Why the machine has no place for a kernel; undefined for one that ended by itself. */
  private startFault(): SncError | undefined {
    if (this.exit?.code !== cannotListen) return systemFault(this.spawnError);
    const next = "Free space in the folder of temporary files, or set TMPDIR to another";
    return new SncError("environment", `${this.processTail.trim()}. ${next}`);
  }

  private deathNotice(): KernelFailure {
    const { code, signal } = this.exit ?? { code: null, signal: null };
    const how = signal ? `was ended by ${signal}` : code === null ? "could not be started" : `exited with code ${code}`;
    return new KernelFailure("dead", `the kernel ${how}`, this.exit, this.processTail);
  }
}
