/**
 * Descriptors 1 and 2 of the kernel's process are pipes that its socket thread reads: what children and native code print
 * reaches the cell too. The program that started the kernel put them there (`kernelArguments`).
 */
import fs from "node:fs";
import { descriptorsVariable, markOf, markStart } from "../kernel/pipes.js";
import { writeSync } from "./originals.js";

export interface Descriptors {
  /** Ends from which what was printed to standard output and error is read. */
  readEnds: [stdout: number, stderr: number];
  /** Where the process itself speaks, to whoever started it. */
  ownWords: number;
  /** Begins each mark in the pipes. */
  mark: string;
}

/** The pipes on our descriptors; null where there are none, as on Windows. With `keep`, somebody else removes them. */
export function openDescriptors(token: string, keep: boolean): Descriptors | null {
  const prefix = process.env[descriptorsVariable];
  delete process.env[descriptorsVariable]; // a kernel started by a cell has its own
  if (!prefix) return null;
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  const files = [`${prefix}.1`, `${prefix}.2`];
  const [stdout, stderr] = files.map((file) => fs.openSync(file, O_RDONLY | O_NONBLOCK));
  if (!keep) for (const file of files) fs.unlinkSync(file);
  return { readEnds: [stdout, stderr], ownWords: 3, mark: markStart(token) };
}

/** Writes marks into the pipes, which say where a message belongs among what was printed there. */
export class Marker {
  private readonly counts: [number, number] = [0, 0];
  private readonly pause = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly mark: string) {}

  /** Marks one pipe or both; returns the last mark of each, which the message has to wait for. */
  after(name?: "stdout" | "stderr"): [number, number] {
    if (name !== "stderr") this.write(0);
    if (name !== "stdout") this.write(1);
    return [...this.counts];
  }

  private write(pipe: 0 | 1): void {
    const mark = markOf(this.mark, ++this.counts[pipe]);
    for (;;) {
      try {
        writeSync(pipe + 1, mark);
        return;
      } catch (error) {
        // Somebody made the pipe non-blocking, and it is full: the socket thread empties it.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        Atomics.wait(this.pause, 0, 0, 1);
      }
    }
  }
}
