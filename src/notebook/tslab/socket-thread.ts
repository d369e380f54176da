/**
 * The kernel's five sockets, in a thread of their own: heartbeats, interrupts and shutdown are answered, and output
 * leaves, while a cell keeps the main thread busy. Started by the launcher with `SocketThreadOptions`.
 */
import { rmSync, writeSync } from "node:fs";
import { Session } from "node:inspector";
import { parentPort, workerData } from "node:worker_threads";
import { Reply, Router, XPublisher } from "zeromq";
import { endMarkedProcesses, signalProcess } from "../kernel/processes.js";
import { address, type Content, createHeader, decodeMessage, encodeMessage, type Message } from "../kernel/protocol.js";
import { DescriptorReader } from "./descriptor-reader.js";
import { Interruptible } from "./interruptible.js";
import { IopubQueue, type Request } from "./iopub.js";
import type { SocketThreadOptions, ToKernel, ToSockets } from "./messages.js";

const {
  connection,
  outstanding,
  closed,
  parentPid,
  token,
  runnerFolder,
  descriptors,
  interruptible: shared,
} = workerData as SocketThreadOptions;
const { key } = connection;
const kernel = parentPort!;
const waiting = new Int32Array(outstanding);
const interruptible = new Interruptible(shared);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const toKernel = (message: ToKernel): void => kernel.postMessage(message);

/** How long a busy main thread may take to notice an interrupt before its JavaScript is terminated. */
const interruptGraceMs = 200;
const shutdownGraceMs = 500;
/** How long cells that a client sent in one go may take to be read. */
const onTheirWayMs = 10;
/** How long the last output may take to leave at the end. */
const drainMs = 1000;
/** Characters printed by children that may wait to be sent before no more are read. */
const mostPrinted = 64 * 1024 * 1024;
/** Requests whose headers are kept as parents of late output. */
const rememberedRequests = 2000;

// noDrop: at the high water mark a message is refused instead of lost, so memory stays bounded too.
// It is told of every client that comes and goes, which a plain publisher is not.
const iopub = new XPublisher({
  sendHighWaterMark: 100,
  noDrop: true,
  verbosity: "allSubsUnsubs",
  linger: 3000,
});
const shell = new Router({ linger: 3000, sendHighWaterMark: 0 });
const control = new Router({ linger: 3000, sendHighWaterMark: 0 });
const stdin = new Router({ linger: 0 });
const heartbeat = new Reply({ linger: 0 });

const requests = new Map<number, Request>();
type FinishedRequest = Extract<ToSockets, { type: "reply" }>;
let requestCount = 0;
let session = "";
let runningCell: number | undefined;
let lastCell: number | undefined;
let ending = false;

function remember(message: Message, socket: Router): number {
  session ||= message.header.session;
  requests.set(++requestCount, { message, socket, published: 0 });
  requests.delete(requestCount - rememberedRequests);
  return requestCount;
}

const queue = new IopubQueue(
  iopub,
  key,
  () => session,
  (size) => {
    if (size === 0) return;
    if (Atomics.sub(waiting, 0, size) - size < mostPrinted) reader.resume();
    Atomics.notify(waiting, 0);
  },
);

const publish = (request: number | undefined, msgType: string, content: Content, size = 0): void =>
  queue.publish({ parent: request === undefined ? undefined : requests.get(request), msgType, content, size });

const status = (request: number | undefined, state: "starting" | "busy" | "idle"): void =>
  publish(request, "status", { execution_state: state });

async function reply(request: number, msgType: string, content: Content, metadata: Content = {}): Promise<void> {
  const asked = requests.get(request);
  if (!asked) return;
  const { identities, header } = asked.message;
  const answer: Message = { identities, header: createHeader(msgType, session), parent: header, metadata, content };
  await asked.socket.send(encodeMessage(answer, key)).catch(() => {}); // a client that left needs no answer
}

/**
 * Output that is not from JavaScript belongs to the cell that runs or ran last. Errors also go to whoever started the
 * kernel: should it die, they are its last words. Before the first cell everything does.
 */
function printed(name: "stdout" | "stderr", text: string): void {
  if (name === "stderr" || lastCell === undefined) repeat(text);
  if (lastCell === undefined) return;
  if (Atomics.add(waiting, 0, text.length) > mostPrinted) reader.pause();
  publish(lastCell, "stream", { name, text }, text.length);
}

function repeat(text: string): void {
  try {
    writeSync(descriptors!.ownWords, text);
  } catch {
    // whoever started it no longer listens
  }
}

const reader = new DescriptorReader<ToSockets>(descriptors, printed, handle);
kernel.on("message", (message: ToSockets) => reader.take(message));

function handle(message: ToSockets): void {
  const { request } = message;
  switch (message.type) {
    case "begin":
      if (message.interruptible) runningCell = lastCell = request;
      status(request, "busy");
      return;
    case "stream":
      publish(request, "stream", { name: message.name, text: message.text }, message.text.length);
      return;
    case "publish":
      publish(request, message.msgType, JSON.parse(message.json), message.json.length);
      return;
    case "reply":
      if (runningCell === request) runningCell = undefined;
      void finish(message);
      return;
    case "interrupted":
      if (runningCell === request) runningCell = undefined;
      return;
    case "close":
      void close();
  }
}

/**
 * Sends a reply, then `idle`. One that aborts the queue waits until what is on its way to us has been read: all that came
 * before the reply left is aborted, and nothing that a client sends after having seen it.
 */
async function finish({ request, msgType, content, metadata, abortsQueue }: FinishedRequest): Promise<void> {
  if (abortsQueue) {
    await pause(onTheirWayMs);
    toKernel({ type: "replied", upTo: requestCount });
  }
  if (msgType !== "") void reply(request, msgType, content, metadata);
  status(request, "idle");
}

/** zeromq aborts the process when it exits under a socket that still waits for messages. */
async function close(): Promise<void> {
  ending = true;
  await queue.drained(drainMs);
  reader.close();
  for (const socket of [shell, control, iopub, stdin, heartbeat]) socket.close();
  await pause(5); // the loops over the sockets end first
  const flag = new Int32Array(closed);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

/**
 * A cell that awaits is told to stop; one that keeps the thread busy gets SIGINT, which ends its synchronous part by an
 * exception; where that does not reach, in what follows an await, JavaScript is terminated.
 */
function interrupt(): void {
  const request = runningCell;
  if (request === undefined) return;
  toKernel({ type: "interrupt", request });
  const isBusy = (): boolean => runningCell === request;
  setTimeout(() => {
    if (isBusy() && process.platform !== "win32") interruptible.signal(() => signalProcess(process.pid, "SIGINT"));
  }, interruptGraceMs);
  setTimeout(() => {
    if (!isBusy()) return;
    const inspector = new Session();
    inspector.connectToMainThread();
    inspector.post("Runtime.terminateExecution", () => inspector.disconnect());
  }, 2 * interruptGraceMs);
}

/** Ends the kernel's children, then the kernel: by `process.exit` in the main thread, or by force if that is busy. */
async function shutDown(): Promise<void> {
  ending = true;
  const byForce = setTimeout(() => signalProcess(process.pid, "SIGKILL"), shutdownGraceMs + 2000);
  await queue.drained(drainMs);
  await endMarkedProcesses(token, process.pid, 1);
  toKernel({ type: "shutdown" });
  clearTimeout(byForce);
  setTimeout(() => signalProcess(process.pid, "SIGKILL"), shutdownGraceMs);
}

async function answerControl(message: Message): Promise<void> {
  const type = message.header.msg_type;
  const request = remember(message, control);
  if (type === "kernel_info_request") {
    passOn(request, message);
    return;
  }
  status(request, "busy");
  if (type === "interrupt_request") {
    interrupt();
    await reply(request, "interrupt_reply", { status: "ok" });
  } else if (type === "shutdown_request") {
    await reply(request, "shutdown_reply", { status: "ok", restart: message.content.restart === true });
  }
  status(request, "idle");
  if (type === "shutdown_request" && !ending) await shutDown();
}

async function answerShell(message: Message): Promise<void> {
  const request = remember(message, shell);
  if (message.header.msg_type !== "shutdown_request") {
    passOn(request, message);
    return;
  }
  await reply(request, "shutdown_reply", { status: "ok", restart: message.content.restart === true });
  if (!ending) await shutDown();
}

function passOn(request: number, { header, content }: Message): void {
  toKernel({ type: "request", request, header, content });
}

async function listen(socket: Router, answer: (message: Message) => Promise<void>): Promise<void> {
  for await (const frames of socket) {
    const message = decodeMessage(frames, key);
    if (message) await answer(message);
  }
}

/** The publisher is told of each client that begins or ends to listen. */
async function countClients(): Promise<void> {
  for await (const [subscription] of iopub) queue.clients += subscription[0] === 1 ? 1 : -1;
}

async function echoHeartbeats(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

/** Nobody would end this kernel after its parent is gone, so it ends itself and what it started. */
function watchParent(): void {
  setInterval(() => {
    if (ending || (process.ppid === parentPid && signalProcess(parentPid, 0))) return;
    ending = true;
    setTimeout(() => signalProcess(process.pid, "SIGKILL"), 3000);
    void endMarkedProcesses(token, process.pid, 2).then(() => {
      if (runnerFolder) rmSync(runnerFolder, { recursive: true, force: true });
      signalProcess(-process.pid, "SIGKILL"); // the whole group, where the kernel leads one
      signalProcess(process.pid, "SIGKILL");
    });
  }, 250);
}

async function bind(socket: Router | XPublisher | Reply, port: number): Promise<void> {
  const at = address(connection, port);
  try {
    await socket.bind(at);
  } catch (error) {
    throw new Error(`cannot listen on ${at}: ${(error as Error).message}`);
  }
}

async function start(): Promise<void> {
  watchParent();
  await bind(shell, connection.shell_port);
  await bind(control, connection.control_port);
  await bind(iopub, connection.iopub_port);
  await bind(stdin, connection.stdin_port);
  await bind(heartbeat, connection.hb_port);
  status(undefined, "starting");
  await Promise.all([listen(shell, answerShell), listen(control, answerControl), echoHeartbeats(), countClients()]);
}

void start().catch((error: unknown) => {
  setImmediate(() => {
    throw error; // reaches the launcher as the worker's "error" event
  });
});
