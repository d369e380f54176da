/**
 * The kernel process: tslab's compiler and executor behind a Jupyter front of our own, because stock tslab reports
 * errors as success, loses output in bursts, ignores interrupts and outlives its shutdown.
 * Usage: node launcher.js CONNECTION_FILE [FOLDER]; the folder is the runner's, removed should the runner die.
 */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { packageFolder } from "../../base/files.js";
import { extendMark, markVariable } from "../kernel/processes.js";
import type { ConnectionInfo, Content } from "../kernel/protocol.js";
import { CellRunner } from "./cells.js";
import { tslabJupyter, versions } from "./compiler.js";
import { keepContextsThroughTermination } from "./context.js";
import { Marker, openDescriptors } from "./descriptors.js";
import { noteExitCode } from "./exit-code.js";
import { Interruptible } from "./interruptible.js";
import { setKernelHook } from "./kernel-hook.js";
import type { KernelMessage, SocketThreadOptions, ToKernel } from "./messages.js";
import { writeSync } from "./originals.js";
import { installPackageFallback } from "./packages.js";
import { watchPendingWork } from "./pending.js";
import { answerRequests } from "./requests.js";
import { settle } from "./settle.js";
import { replaceStandardStreams } from "./standard-streams.js";
import { makeStacksReadable } from "./traceback.js";

/** Characters of output handed to the socket thread before the cell waits for them to leave. */
const mostOutstanding = 32 * 1024 * 1024;
const cannotStart = 71;
/** How long the last output may take to leave when the process exits. */
const exitGraceMs = 1500;

const token = randomUUID();
process.env[markVariable] = extendMark(token);
const [connectionFile, runnerFolder] = process.argv.slice(2);
const connection: ConnectionInfo = JSON.parse(readFileSync(connectionFile, "utf8"));
const outstanding = new SharedArrayBuffer(4);
const waiting = new Int32Array(outstanding);
const closed = new SharedArrayBuffer(4);
const interruptible = new Interruptible();
const parentPid = process.ppid;
const descriptors = openDescriptors(token, runnerFolder !== undefined);
const marker = descriptors && new Marker(descriptors.mark);
let cells: CellRunner | undefined;
watchPendingWork();
keepContextsThroughTermination();
replaceStandardStreams(print); // before the thread is started, whose own streams lead to them
const options: SocketThreadOptions = {
  ...{ connection, outstanding, closed, parentPid, token, runnerFolder, descriptors },
  interruptible: interruptible.shared,
};
const sockets = new Worker(path.join(__dirname, "socket-thread.js"), { workerData: options, execArgv: [] });
let socketsFailed = false;
sockets.once("error", (error) => {
  socketsFailed = true;
  writeSync(descriptors?.ownWords ?? 2, `kernel: ${error.message}\n`);
  process.exit(cannotStart);
});

/** Hands a message over; waits here when too much output is on its way, so that memory stays bounded. */
function toSockets(message: KernelMessage, size = 0): void {
  const after = marker?.after(message.type === "stream" ? message.name : undefined);
  sockets.postMessage({ ...message, after });
  if (size === 0) return;
  Atomics.add(waiting, 0, size);
  for (let left = Atomics.load(waiting, 0); left > mostOutstanding; left = Atomics.load(waiting, 0)) {
    Atomics.wait(waiting, 0, left, 1000);
  }
}

function publish(request: number, msgType: string, content: Content): void {
  const json = JSON.stringify(content); // here, where objects still have their `toJSON`
  toSockets({ type: "publish", request, msgType, json }, json.length);
}

const stream = (request: number, name: "stdout" | "stderr", text: string): void => {
  if (text !== "") toSockets({ type: "stream", request, name, text }, text.length);
};

/** Text on standard output or error goes to a cell; before the first cell, to whoever started the kernel. */
function print(name: "stdout" | "stderr", text: string): void {
  const request = cells?.outputRequest;
  noteExitCode(() => request);
  if (request !== undefined) stream(request, name, text);
  else writeSync(descriptors?.ownWords ?? (name === "stdout" ? 1 : 2), text);
}

/** A cell that asks for input would wait for ever: nobody is there. It gets an error instead. */
function refuseInput(): void {
  const read = function (this: Readable): void {
    this.destroy(new Error("a notebook cell cannot read standard input: there is nobody to type"));
  };
  let refusing: Readable | undefined;
  Object.defineProperty(process, "stdin", { configurable: true, get: () => (refusing ??= new Readable({ read })) });
}

/** tslab's own display functions write through this; ours go through the hook. */
function connectDisplay(): void {
  const display = (msgType: "display_data" | "update_display_data" | "clear_output", content: Content): void => {
    const request = cells?.outputRequest;
    if (request !== undefined) publish(request, msgType, content);
  };
  setKernelHook({ publish: display });
  tslabJupyter.lastWriteDisplayData = (content: unknown, update: boolean) =>
    display(update ? "update_display_data" : "display_data", content as Content);
}

installPackageFallback({ name: "selective-neural-competition", folder: packageFolder });
makeStacksReadable();
refuseInput();
connectDisplay();
cells = new CellRunner(process.cwd(), interruptible, {
  executeResult: (request, execution_count, text) =>
    publish(request, "execute_result", { execution_count, data: { "text/plain": text }, metadata: {} }),
  notice: (request, text) => stream(request, "stderr", text),
  expectedError: (request, error) => publish(request, "error", { ...error }),
});

const kernelInfo: Content = {
  status: "ok",
  protocol_version: "5.3",
  implementation: "tslab",
  implementation_version: versions.tslab,
  banner: `TypeScript ${versions.typescript} (tslab ${versions.tslab}) on Node ${versions.node}`,
  language_info: {
    name: "typescript",
    version: versions.typescript,
    mimetype: "text/typescript",
    file_extension: ".ts",
    codemirror_mode: "typescript",
  },
};

let shuttingDown = false;
const { answer, noteReplied } = answerRequests({
  cells,
  kernelInfo,
  publish,
  send: toSockets,
  settle: (seconds) => settle(seconds, sockets, () => cells.hasLate),
});
sockets.on("message", (message: ToKernel) => {
  if (message.type === "request") return answer(message);
  if (message.type === "replied") return noteReplied(message.upTo);
  if (message.type === "shutdown") {
    shuttingDown = true;
    process.exit(0);
  }
  cells.interrupt(message.request);
  toSockets({ type: "interrupted", request: message.request });
});

/** What cells wrote before they called `process.exit` still leaves, through the socket thread. */
process.on("exit", (code) => {
  if (socketsFailed) return;
  const request = cells.outputRequest;
  if (request !== undefined && !shuttingDown) {
    const evalue = `code of the cell ended the kernel with process.exit(${code})`;
    publish(request, "error", { ename: "KernelExit", evalue, traceback: [`KernelExit: ${evalue}`] });
  }
  toSockets({ type: "close", request: 0 });
  Atomics.wait(new Int32Array(closed), 0, 0, exitGraceMs);
});
