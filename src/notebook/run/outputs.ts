import { type Content, isRecord } from "../kernel/protocol.js";
import type { CodeCell, Output, StreamOutput } from "./document.js";
import { asTerminal, isControlled } from "./terminal.js";

/** The end of a failing cell's streams, kept for the error message. */
const tailLines = 20;
const longestTail = 4000;
const longestError = 100_000;

/** A stream that is still growing: only its last line can change. */
interface OpenStream {
  output: StreamOutput;
  finished: string[];
  line: string;
  /** Whether the line ends in a carriage return; looking at the line itself would cost its length each time. */
  awaitsOverwrite: boolean;
}

/** Display outputs of the whole notebook by display id: a later cell may update them. */
export type Displays = Map<string, { data: Content; metadata: Content }[]>;

/** Collects one cell's outputs as nbclient does, up to a limit; what is beyond goes to `overflow`. */
export class OutputCollector {
  private bytes = 0;
  private leftOut = 0;
  private stream: OpenStream | undefined;
  private clearBeforeNext = false;
  private mark: StreamOutput | undefined;
  private tail = "";
  /** Set once the runner itself ends the cell: the kernel's own error about that would only repeat it. */
  ignoreErrors = false;

  constructor(
    private readonly cell: CodeCell,
    private readonly displays: Displays,
    private readonly limitBytes: number,
    private readonly overflow: (text: string) => void,
    private readonly overflowName: string,
  ) {}

  /** Takes one iopub message; messages that are no output are ignored. */
  add(msgType: string, content: Content): void {
    switch (msgType) {
      case "clear_output":
        this.clear(content.wait === true);
        break;
      case "update_display_data":
        this.updateDisplay(content);
        break;
      case "execute_input":
        if (typeof content.execution_count === "number") this.cell.execution_count = content.execution_count;
        break;
      case "stream":
        this.clearIfDue();
        this.addStream(String(content.name ?? "stdout"), String(content.text ?? ""));
        break;
      case "display_data":
      case "execute_result":
        this.clearIfDue();
        this.addData(msgType, content);
        break;
      case "error":
        this.clearIfDue();
        this.addError(content);
    }
  }

  addError({ ename, evalue, traceback }: Content): void {
    if (this.ignoreErrors) return;
    const lines = Array.isArray(traceback) ? traceback : [];
    this.closeStream();
    this.stream = undefined;
    this.cell.outputs.push({
      output_type: "error",
      ename: String(ename ?? "Error"),
      evalue: beginning(String(evalue ?? "")),
      traceback: lines.slice(0, 1000).map((line) => beginning(String(line))),
    });
  }

  /** Brings the cell up to date; call before reading or saving it. */
  finish(): void {
    this.closeStream();
    if (!this.mark) return;
    const limit = formatBytes(this.limitBytes);
    this.mark.text = `[output cut here: more than ${limit}; ${formatBytes(this.leftOut)} left out, streams in ${this.overflowName}]\n`;
  }

  /** The last lines the cell wrote. */
  get outputTail(): string {
    return asTerminal(this.tail).trimEnd().split("\n").slice(-tailLines).join("\n");
  }

  get hasError(): boolean {
    return this.cell.outputs.some((output) => output.output_type === "error");
  }

  private clearIfDue(): void {
    if (this.clearBeforeNext) this.clear(false);
  }

  private clear(wait: boolean): void {
    this.clearBeforeNext = wait;
    if (wait) return;
    this.cell.outputs.length = 0;
    this.bytes = this.leftOut = 0;
    this.stream = this.mark = undefined;
  }

  private addStream(name: string, text: string): void {
    const tail = this.tail + text;
    this.tail = tail.slice(tail.length - wholeCharacters(tail, longestTail, -1));
    const room = this.limitBytes - this.bytes;
    if (this.mark || room <= 0) {
      this.leaveOut(text.length, text);
      return;
    }
    if (this.stream?.output.name !== name) this.openStream(name);
    const kept = wholeCharacters(text, room);
    this.append(this.stream!, text.slice(0, kept));
    if (text.length > kept) this.leaveOut(text.length - kept, text.slice(kept));
  }

  private append(stream: OpenStream, text: string): void {
    const before = stream.line.length;
    const isPlain = !isControlled(text) && !stream.awaitsOverwrite;
    if (!isPlain) stream.line = asTerminal(stream.line + text);
    // Plain text, the rule, is only looked at once, however long its line grows.
    const [from, added] = isPlain ? [stream.line, text] : ["", stream.line];
    const lineStart = added.lastIndexOf("\n") + 1;
    this.bytes += from.length + added.length - before;
    if (lineStart > 0) stream.finished.push(from + added.slice(0, lineStart));
    stream.line = lineStart > 0 ? added.slice(lineStart) : from + added;
    stream.awaitsOverwrite = text.endsWith("\r");
  }

  private openStream(name: string): void {
    this.closeStream();
    const output: StreamOutput = { output_type: "stream", name, text: "" };
    this.cell.outputs.push(output);
    this.stream = { output, finished: [], line: "", awaitsOverwrite: false };
  }

  private closeStream(): void {
    if (!this.stream) return;
    const { output, finished, line } = this.stream;
    output.text = finished.join("") + line;
    this.stream.finished = [output.text.slice(0, output.text.length - line.length)];
    // The stream stays open: the next text with the same name continues it unless another output came between.
    if (this.cell.outputs.at(-1) !== output) this.stream = undefined;
  }

  private addData(type: "display_data" | "execute_result", content: Content): void {
    this.closeStream();
    const data = isRecord(content.data) ? content.data : {};
    const metadata = isRecord(content.metadata) ? content.metadata : {};
    const size = sizeOf(data);
    if (this.mark || size > this.limitBytes - this.bytes) {
      this.leaveOut(size, `[${type} left out: ${Object.keys(data).join(", ")}, ${formatBytes(size)}]\n`);
      return;
    }
    this.bytes += size;
    const shown = { data, metadata };
    this.cell.outputs.push(
      type === "display_data"
        ? { output_type: type, ...shown }
        : { output_type: type, ...shown, execution_count: this.cell.execution_count },
    );
    this.stream = undefined;
    const id = displayId(content);
    if (id) this.displays.set(id, [...(this.displays.get(id) ?? []), this.cell.outputs.at(-1) as typeof shown]);
  }

  private updateDisplay(content: Content): void {
    const data = isRecord(content.data) ? content.data : {};
    const size = sizeOf(data);
    for (const output of this.displays.get(displayId(content) ?? "") ?? []) {
      const grown = size - sizeOf(output.data);
      if (grown > this.limitBytes - this.bytes) {
        this.leaveOut(size, `[display update left out: ${formatBytes(size)}]\n`);
        continue;
      }
      this.bytes += grown;
      output.data = data;
      output.metadata = isRecord(content.metadata) ? content.metadata : {};
    }
  }

  private leaveOut(size: number, text: string): void {
    this.leftOut += size;
    this.overflow(text);
    if (this.mark) return;
    this.closeStream();
    this.stream = undefined;
    this.mark = { output_type: "stream", name: "stderr", text: "" };
    this.cell.outputs.push(this.mark satisfies Output);
  }
}

/** At most so many code units of a text that cut no character in two: of its beginning, or of its end (−1). */
function wholeCharacters(text: string, most: number, side: 1 | -1 = 1): number {
  if (text.length <= most) return text.length;
  const cut = side === 1 ? most : text.length - most;
  const isInside = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(cut - 1, cut + 1));
  return isInside ? most - 1 : most;
}

const beginning = (text: string): string => text.slice(0, wholeCharacters(text, longestError));

const sizeOf = (data: Content): number =>
  Object.values(data).reduce<number>((sum, v) => sum + (typeof v === "string" ? v : JSON.stringify(v)).length, 0);

function displayId({ transient }: Content): string | undefined {
  const id = isRecord(transient) ? transient.display_id : undefined;
  return typeof id === "string" ? id : undefined;
}

/** A size for people: "812 bytes", "10.0 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
