import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

type StreamName = "stdout" | "stderr";

/** A standard stream whose text goes to the kernel. It cannot be ended: later cells print too. */
class CellStream extends Writable {
  private readonly decoder = new StringDecoder("utf8");

  constructor(
    readonly fd: number,
    private readonly print: (text: string) => void,
  ) {
    super({ decodeStrings: false, autoDestroy: false, emitClose: false });
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
    const isText = typeof chunk === "string" && (encoding === "utf8" || (encoding as string) === "utf-8");
    this.print(isText ? chunk : this.decoder.write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk));
    done();
  }

  override end(...args: unknown[]): this {
    const done = args.find((arg): arg is () => void => typeof arg === "function");
    const [chunk, encoding] = args.filter((arg) => typeof arg !== "function");
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding as BufferEncoding);
    if (done) process.nextTick(done);
    return this;
  }

  override destroy(): this {
    return this;
  }
}

/** Puts streams of our own in place of `process.stdout` and `process.stderr`, before anybody has used them. */
export function replaceStandardStreams(print: (name: StreamName, text: string) => void): void {
  for (const [name, fd] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    const stream = new CellStream(fd, (text) => print(name, text));
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
}
