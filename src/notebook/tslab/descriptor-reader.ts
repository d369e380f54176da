import { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { markLength } from "../kernel/pipes.js";
import type { Descriptors } from "./descriptors.js";

/** Takes what was printed on one pipe apart: text, and the marks that the cells' thread left between. */
export class MarkedText {
  private readonly decoder = new StringDecoder("utf8");
  private readonly start: Buffer;
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly mark: string,
    private readonly onText: (text: string) => void,
    private readonly onMark: (count: number) => void,
  ) {
    this.start = Buffer.from(mark);
  }

  add(chunk: Buffer): void {
    let data = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const whole = markLength(this.mark);
    for (let at = data.indexOf(this.start); at >= 0 && data.length >= at + whole; at = data.indexOf(this.start)) {
      this.tell(data.subarray(0, at));
      this.onMark(Number(data.toString("latin1", at + this.start.length, at + whole - 1)));
      data = data.subarray(at + whole);
    }
    const keep = this.beginningOfMark(data);
    this.tell(data.subarray(0, keep));
    this.rest = Buffer.from(data.subarray(keep)); // a copy: the chunk's memory is used again
  }

  private tell(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const text = this.decoder.write(bytes);
    if (text !== "") this.onText(text);
  }

  /** Where a mark begins whose end has not come yet; else the end. */
  private beginningOfMark(data: Buffer): number {
    for (
      let at = data.indexOf(0, Math.max(0, data.length - markLength(this.mark)));
      at >= 0;
      at = data.indexOf(0, at + 1)
    ) {
      const tail = data.subarray(at, at + this.start.length);
      if (this.start.subarray(0, tail.length).equals(tail)) return at;
    }
    return data.length;
  }
}

/** A message of the cells' thread, with the last mark in each pipe that was written before it. */
interface Marked {
  after?: [number, number];
}

interface Pipe {
  socket: Socket;
  name: "stdout" | "stderr";
  /** What has been read and not told yet: text, and counts of marks. */
  read: (string | number)[];
  /** The last mark whose message has been handled. */
  passed: number;
}

/**
 * Puts messages of the cells' thread in order with what came through its descriptors: each message stands where its mark
 * is, whichever of the two arrives first.
 */
export class DescriptorReader<M extends Marked> {
  private readonly messages: M[] = [];
  private readonly pipes: Pipe[];

  constructor(
    descriptors: Descriptors | null,
    private readonly onText: (name: "stdout" | "stderr", text: string) => void,
    private readonly handle: (message: M) => void,
  ) {
    this.pipes = (descriptors?.readEnds ?? []).map((fd, i) => {
      const socket = new Socket({ fd, readable: true, writable: false });
      const pipe: Pipe = { socket, name: i === 0 ? "stdout" : "stderr", read: [], passed: 0 };
      const note = (part: string | number): void => void pipe.read.push(part);
      const marked = new MarkedText(descriptors!.mark, note, note);
      socket.on("data", (bytes: Buffer) => {
        marked.add(bytes);
        this.proceed();
      });
      socket.on("error", () => {}); // it is read until the process ends
      return pipe;
    });
  }

  take(message: M): void {
    this.messages.push(message);
    this.proceed();
  }

  /** Stops reading for a while: children that print too much wait. */
  pause(): void {
    for (const { socket } of this.pipes) socket.pause();
  }

  resume(): void {
    for (const { socket } of this.pipes) socket.resume();
  }

  close(): void {
    for (const { socket } of this.pipes) socket.destroy();
  }

  private proceed(): void {
    for (;;) {
      for (const pipe of this.pipes) this.tellText(pipe);
      const [next] = this.messages;
      if (!next || !this.pipes.every((pipe, i) => isDue(pipe, next.after?.[i] ?? 0))) return;
      this.messages.shift();
      for (const [i, pipe] of this.pipes.entries()) pass(pipe, next.after?.[i] ?? 0);
      this.handle(next);
    }
  }

  /** All text up to the next mark. */
  private tellText({ name, read }: Pipe): void {
    const end = read.findIndex((part) => typeof part === "number");
    const texts = read.splice(0, end < 0 ? read.length : end);
    if (texts.length > 0) this.onText(name, texts.join(""));
  }
}

const isDue = ({ passed, read }: Pipe, mark: number): boolean => passed >= mark || read[0] === mark;

function pass(pipe: Pipe, mark: number): void {
  if (pipe.passed >= mark) return;
  pipe.passed = mark;
  pipe.read.shift();
}
