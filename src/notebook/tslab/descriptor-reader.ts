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

/** Puts messages of the cells' thread in order with what came through its descriptors. */
export class DescriptorReader<M extends Marked> {
  private readonly seen: [number, number] = [0, 0];
  private readonly waiting: M[] = [];
  private readonly pipes: Socket[] = [];

  constructor(
    descriptors: Descriptors | null,
    onText: (name: "stdout" | "stderr", text: string) => void,
    private readonly handle: (message: M) => void,
  ) {
    for (const [pipe, fd] of (descriptors?.readEnds ?? []).entries()) {
      const name = pipe === 0 ? "stdout" : "stderr";
      const onMark = (count: number): void => {
        this.seen[pipe] = count;
        this.release();
      };
      const text = new MarkedText(descriptors!.mark, (printed) => onText(name, printed), onMark);
      const socket = new Socket({ fd, readable: true, writable: false });
      socket.on("data", (bytes: Buffer) => text.add(bytes));
      socket.on("error", () => {}); // it is read until the process ends
      this.pipes.push(socket);
    }
  }

  /** Handles the message once all that was printed before it has been read. */
  take(message: M): void {
    if (this.waiting.length === 0 && this.isDue(message)) this.handle(message);
    else this.waiting.push(message);
  }

  /** Stops reading for a while: children that print too much wait. */
  pause(): void {
    for (const pipe of this.pipes) pipe.pause();
  }

  resume(): void {
    for (const pipe of this.pipes) pipe.resume();
  }

  close(): void {
    for (const pipe of this.pipes) pipe.destroy();
  }

  private isDue({ after }: Marked): boolean {
    return this.pipes.length === 0 || !after || (this.seen[0] >= after[0] && this.seen[1] >= after[1]);
  }

  private release(): void {
    while (this.waiting.length > 0 && this.isDue(this.waiting[0])) this.handle(this.waiting.shift()!);
  }
}
