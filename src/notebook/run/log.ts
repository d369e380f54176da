import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { formatBytes } from "./outputs.js";

/** Output that overflows a cell is kept in the log up to this size; a loop that prints must not fill the disk. */
const mostOverflow = 200_000_000;

/** Between two lines about a display that changes. */
const millisecondsBetween = 10_000;
const longestState = 300;

/** The log of one notebook: what happened when, what the kernel process said, and output too long for the notebook. */
export class NotebookLog {
  private readonly stream: WriteStream | undefined;
  private overflowBytes = 0;
  private failed = false;
  private unsaid: string | undefined;
  private saidAt = 0;

  /** Without a file the log goes nowhere. */
  constructor(readonly file: string | null) {
    if (!file) return;
    try {
      mkdirSync(path.dirname(file), { recursive: true });
    } catch (error) {
      throw new SncError("environment", `${file}: the log cannot be written: ${(error as Error).message}`, {
        cause: error,
      });
    }
    this.stream = createWriteStream(file);
    this.stream.on("error", () => {
      this.failed = true; // a full disk: the notebook's own verdict must not depend on its log
    });
  }

  event(text: string): void {
    this.write(`${new Date().toISOString()} ${text}\n`);
  }

  /** A display of the cell that changes in place: a line of its state now and then, and, by `cellEnd`, of its last. */
  displayChanged(cell: string, text: string): void {
    this.unsaid = `${cell}: ${text.slice(0, longestState)}`;
    if (Date.now() - this.saidAt >= millisecondsBetween) this.sayDisplay();
  }

  cellEnd(cell: string): void {
    this.sayDisplay();
    this.event(`${cell}: end`);
  }

  private sayDisplay(): void {
    if (this.unsaid !== undefined) this.event(this.unsaid);
    this.unsaid = undefined;
    this.saidAt = Date.now();
  }

  kernelSays(text: string): void {
    this.write(text.replace(/^(?=.)/gm, "kernel| "));
  }

  overflow(cell: string, text: string): void {
    const before = this.overflowBytes;
    this.overflowBytes += text.length;
    if (before > mostOverflow) return;
    if (before === 0) this.event(`${cell}: output beyond its limit follows`);
    this.write(text);
    if (this.overflowBytes > mostOverflow) this.event(`log cut here: more than ${formatBytes(mostOverflow)} of output`);
  }

  async close(): Promise<void> {
    if (!this.stream || this.failed || this.stream.destroyed) return;
    await new Promise<void>((resolve) => this.stream!.once("error", () => resolve()).end(resolve));
  }

  private write(text: string): void {
    if (this.stream && !this.failed) this.stream.write(text);
  }
}
