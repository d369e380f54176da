import type { Router, XPublisher } from "zeromq";
import { type Content, createHeader, encodeMessage, type Message } from "../kernel/protocol.js";

/** A client's message, as the parent of what is sent because of it. */
export interface Request {
  message: Message;
  socket: Router;
  /** Messages sent on iopub for this request, told with `idle` so that a client can see whether it has them all. */
  published: number;
}

export interface Outgoing {
  parent: Request | undefined;
  msgType: string;
  content: Content;
  /** Characters of output in it, told to `onSent` once it has left. */
  size: number;
}

/** Streams of one cell are joined up to this many characters per message. */
const longestStream = 256 * 1024;

/** How long a full socket is left alone before the next try. */
const fullMs = 2;

/** How long one client among several may read nothing before messages go out without it. */
const stuckMs = 1000;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What goes out on iopub, in order; zeromq takes one message after the other. */
export class IopubQueue {
  private readonly queue: Outgoing[] = [];
  private pumping = false;
  /** How many clients listen. */
  clients = 0;
  private someoneIsStuck = false;

  constructor(
    private readonly socket: XPublisher,
    private readonly key: string,
    private readonly session: () => string,
    private readonly onSent: (size: number) => void,
  ) {}

  publish(item: Outgoing): void {
    this.queue.push(item);
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => void this.pump());
  }

  /** Resolves when nothing waits any more, or after this time: the reader may have stopped reading. */
  async drained(withinMs: number): Promise<void> {
    for (const until = Date.now() + withinMs; this.pumping && Date.now() < until; ) await pause(2);
  }

  /** Sends the queue in order; neighbouring stream messages of one cell and name go out as one. */
  private async pump(): Promise<void> {
    const { queue } = this;
    for (let next = 0; next < queue.length; ) {
      const item = queue[next++];
      if (item.msgType === "stream") next = this.joinStreams(item, next);
      await this.send(item);
      if (next === queue.length || next > 1000) {
        queue.splice(0, next);
        next = 0;
      }
    }
    this.pumping = false;
  }

  private joinStreams(item: Outgoing, from: number): number {
    const { name } = item.content;
    const texts = [item.content.text as string];
    let next = from;
    for (; next < this.queue.length && item.size < longestStream; next++) {
      const other = this.queue[next];
      if (other.msgType !== "stream" || other.parent !== item.parent || other.content.name !== name) break;
      texts.push(other.content.text as string);
      item.size += other.size;
    }
    item.content = { name, text: texts.join("") };
    return next;
  }

  private async send({ parent, msgType, content, size }: Outgoing): Promise<void> {
    const isIdle = msgType === "status" && content.execution_state === "idle";
    const metadata: Content = parent && isIdle ? { published: parent.published } : {};
    if (parent) parent.published++;
    const header = createHeader(msgType, this.session());
    const identities = [Buffer.from(`kernel.${msgType}`)];
    const message: Message = { identities, header, parent: parent?.message.header ?? {}, metadata, content };
    await this.transmit(encodeMessage(message, this.key));
    this.onSent(size);
  }

  /**
   * A full publisher (with `noDrop`) says EAGAIN, although zeromq.js believes it writable and does not wait itself. A client
   * alone is waited for. Among several, one that does not read loses what it has no room for, so that the others get all.
   */
  private async transmit(frames: (string | Uint8Array)[]): Promise<void> {
    const startedAt = performance.now();
    for (let isFirst = true; !this.socket.closed; isFirst = false) {
      if (await this.offered(frames)) {
        if (isFirst) this.someoneIsStuck = false;
        return;
      }
      const patienceMs = this.someoneIsStuck ? fullMs : stuckMs;
      if (this.clients > 1 && performance.now() - startedAt >= patienceMs) {
        this.someoneIsStuck = true;
        this.socket.noDrop = false;
        await this.offered(frames);
        this.socket.noDrop = true;
        return;
      }
      await pause(fullMs);
    }
  }

  private async offered(frames: (string | Uint8Array)[]): Promise<boolean> {
    try {
      await this.socket.send(frames);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" && !this.socket.closed) throw error;
      return false;
    }
  }
}
