import type { ConnectionInfo, Content, Header } from "../kernel/protocol.js";
import type { Descriptors } from "./descriptors.js";

/** What the socket thread is started with. */
export interface SocketThreadOptions {
  connection: ConnectionInfo;
  /** One Int32: characters handed to the thread and not yet sent. The kernel's main thread waits when it is large. */
  outstanding: SharedArrayBuffer;
  /** One Int32: 1 once the sockets are closed, which must be before the process exits. */
  closed: SharedArrayBuffer;
  /** What an `Interruptible` shares: when SIGINT may be sent. */
  interruptible: SharedArrayBuffer;
  /** The process whose end ends the kernel. */
  parentPid: number;
  /** The mark by which the kernel's own child processes are found. */
  token: string;
  /** What the parent would have removed. */
  runnerFolder: string | undefined;
  /** The pipes on the process's descriptors. */
  descriptors: Descriptors | null;
}

/** From the socket thread to the thread that runs cells. `request` numbers a client's message. */
export type ToKernel =
  | { type: "request"; request: number; header: Header; content: Content }
  | { type: "interrupt"; request: number }
  /** An error reply goes out now: requests up to this number were sent without knowing of it. */
  | { type: "replied"; upTo: number }
  | { type: "shutdown" };

/** From the thread that runs cells to the socket thread. */
export type ToSockets = KernelMessage & {
  /** The last mark in each descriptor's pipe before this message: what was printed there comes first. */
  after?: [number, number];
};

export type KernelMessage =
  | { type: "begin"; request: number; interruptible: boolean }
  | { type: "stream"; request: number; name: "stdout" | "stderr"; text: string }
  | { type: "publish"; request: number; msgType: string; json: string }
  /** `abortsQueue`: what was sent before this reply was seen is to be aborted. */
  | { type: "reply"; request: number; msgType: string; content: Content; metadata: Content; abortsQueue: boolean }
  | { type: "interrupted"; request: number }
  /** The process is about to exit: send what is left and close the sockets. */
  | { type: "close"; request: 0 };
