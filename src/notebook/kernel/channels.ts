import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer, Subscriber } from "zeromq";
import {
  address,
  type ConnectionInfo,
  type Content,
  createHeader,
  decodeMessage,
  encodeMessage,
  type Message,
} from "./protocol.js";

export interface KernelExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export type KernelFailureKind = "startTimeout" | "dead" | "lostOutput" | "stopped";

/** The kernel can no longer be used. */
export class KernelFailure extends Error {
  override readonly name = "KernelFailure";
  constructor(
    readonly kind: KernelFailureKind,
    message: string,
    readonly exit?: KernelExit,
    /** The end of what the kernel process wrote to its own standard output and error. */
    readonly processTail = "",
  ) {
    super(message);
  }
}

interface Pending {
  /** Before the kernel is ready the subscription may miss messages; for cells every message counts. */
  mustBeComplete: boolean;
  reply?: Message;
  /** Messages seen on iopub for this request, to be compared with what `idle` says was sent. */
  received: number;
  isIdle: boolean;
  overdue?: NodeJS.Timeout;
  resolve(reply: Message): void;
  reject(error: Error): void;
}

/** How long after one of reply and `idle` the other may take. */
const lostAfterMs = 10_000;

/** The client's ends of a kernel's sockets: requests, and their replies matched to them. */
export class Channels {
  private readonly session = randomUUID();
  private readonly shell = new Dealer({ linger: 0, routingId: this.session });
  private readonly control = new Dealer({ linger: 0, routingId: this.session });
  private readonly iopub = new Subscriber({ linger: 0 });
  private readonly pending = new Map<string, Pending>();
  private lastHeardAt = 0;
  private failure: Error | undefined;
  private isClosed = false;

  constructor(
    private readonly connection: ConnectionInfo,
    private readonly onIopub: (message: Message) => void,
  ) {
    this.shell.connect(address(connection, connection.shell_port));
    this.control.connect(address(connection, connection.control_port));
    this.iopub.connect(address(connection, connection.iopub_port));
    this.iopub.subscribe();
    void this.listen(this.shell, (message) => this.noteReply(message));
    void this.listen(this.control, (message) => this.noteReply(message));
    void this.listen(this.iopub, (message) => this.noteIopub(message));
  }

  /** Sends a request; its promise keeps until the reply and the `idle` that follows it on iopub have both come. */
  request(
    channel: "shell" | "control",
    msgType: string,
    content: Content,
  ): { messageId: string; reply: Promise<Message> } {
    const header = createHeader(msgType, this.session);
    const mustBeComplete = msgType === "execute_request";
    const reply = new Promise<Message>((resolve, reject) => {
      if (this.failure || this.isClosed)
        return reject(this.failure ?? new KernelFailure("dead", "the kernel has ended"));
      this.pending.set(header.msg_id, { mustBeComplete, received: 0, isIdle: false, resolve, reject });
    });
    const frames = encodeMessage({ identities: [], header, parent: {}, metadata: {}, content }, this.connection.key);
    if (!this.isClosed) this[channel].send(frames).catch((error: Error) => this.settle(header.msg_id, error));
    return { messageId: header.msg_id, reply };
  }

  /** Drops requests nobody waits for. */
  forgetRequests(): void {
    for (const { overdue } of this.pending.values()) clearTimeout(overdue); // it would keep the process alive
    this.pending.clear();
  }

  /** After the kernel's end: once what it still sent has been read, fails all that waits. */
  async failWhenQuiet(notice: () => Error): Promise<void> {
    const diedAt = Date.now();
    const quiet = (): boolean => Date.now() - Math.max(this.lastHeardAt, diedAt) > 150;
    while (!quiet() && Date.now() - diedAt < 5000 && !this.isClosed) await sleep(20);
    this.failure ??= notice();
    for (const id of [...this.pending.keys()]) this.settle(id, this.failure);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const socket of [this.shell, this.control, this.iopub]) socket.close();
    const failure = this.failure ?? new KernelFailure("dead", "the kernel has ended");
    for (const id of [...this.pending.keys()]) this.settle(id, failure);
  }

  private async listen(socket: Dealer | Subscriber, handle: (message: Message) => void): Promise<void> {
    try {
      for await (const frames of socket) {
        this.lastHeardAt = Date.now();
        const message = decodeMessage(frames, this.connection.key);
        if (message) handle(message);
      }
    } catch (error) {
      if (!this.isClosed) throw error; // closing a socket ends its loop by an error
    }
  }

  private noteReply(message: Message): void {
    const pending = this.pending.get(message.parent.msg_id ?? "");
    if (!pending) return;
    pending.reply = message;
    this.check(message.parent.msg_id!, pending, "its output did not end");
  }

  private noteIopub(message: Message): void {
    const id = message.parent.msg_id ?? "";
    const pending = this.pending.get(id);
    this.onIopub(message);
    if (!pending) return;
    if (message.header.msg_type !== "status" || message.content.execution_state !== "idle") {
      pending.received++;
      return;
    }
    pending.isIdle = true;
    const { published } = message.metadata;
    if (pending.mustBeComplete && typeof published === "number" && published > pending.received) {
      const missing = published - pending.received;
      this.settle(id, new KernelFailure("lostOutput", `${missing} of ${published} messages of output were lost`));
    }
    this.check(id, pending, "it never replied");
  }

  /** Complete when both have come; when only one has, the other is due soon. */
  private check(id: string, pending: Pending, missing: string): void {
    if (pending.reply && pending.isIdle) {
      this.settle(id, pending.reply);
      return;
    }
    const lost = (): void => this.settle(id, new KernelFailure("lostOutput", `the kernel lost a message: ${missing}`));
    pending.overdue ??= setTimeout(lost, lostAfterMs);
  }

  private settle(id: string, result: Message | Error): void {
    const pending = this.pending.get(id);
    if (!pending) return;
    this.pending.delete(id);
    clearTimeout(pending.overdue);
    if (result instanceof Error) pending.reject(result);
    else pending.resolve(result);
  }
}
