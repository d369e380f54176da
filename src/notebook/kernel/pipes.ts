/** The pipes that a kernel's process has as its descriptors 1 and 2, as far as its parent has to do with them. */
import fs from "node:fs";

/** Names the two pipes, less their endings `.1` and `.2`. */
export const descriptorsVariable = "SNC_KERNEL_DESCRIPTORS";

/**
 * Gives the program that follows pipes as its descriptors 1 and 2, and the original standard error as 3. Without
 * `mkfifo`, or without room for the pipes, it starts as it is.
 */
export const withPipes = `
p=\${${descriptorsVariable}:-$(mktemp -u "\${TMPDIR:-/tmp}/snc-XXXXXXXX")}
if mkfifo -m 600 "$p.1" "$p.2" 2>/dev/null && exec 3>&2 1<>"$p.1" 2<>"$p.2"
then export ${descriptorsVariable}="$p"; else unset ${descriptorsVariable}; fi
exec "$@"`;

const markPrefix = "\0snc-mark:";
const counterLength = 12;
const markPattern = /\0snc-mark:[^\n]*\n/g;

/** How the marks in the pipes of the kernel with this token begin; a counter and a line end follow. */
export const markStart = (token: string): string => `${markPrefix}${token}:`;
export const markOf = (start: string, count: number): string =>
  `${start}${String(count).padStart(counterLength, "0")}\n`;
export const markLength = (start: string): number => start.length + counterLength + 1;

/** Holds a kernel's pipes open, so that what it has not read itself when it dies is not lost. */
export class LastWords {
  private ends: number[] = [];

  constructor(readonly prefix: string) {}

  /** Call once the kernel has opened its pipes; there may be none. */
  hold(): void {
    const { O_RDONLY, O_NONBLOCK } = fs.constants;
    try {
      for (const ending of [".1", ".2"]) this.ends.push(fs.openSync(this.prefix + ending, O_RDONLY | O_NONBLOCK));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  /** What is left in the pipes after the kernel's death; closes them. */
  read(): string {
    const words = this.ends.map(readAvailable).join("");
    for (const end of this.ends.splice(0)) fs.closeSync(end);
    for (const ending of [".1", ".2"]) fs.rmSync(this.prefix + ending, { force: true });
    return words.replace(markPattern, "");
  }
}

/** All that a non-blocking descriptor has to give now. */
function readAvailable(fd: number): string {
  const chunks: Buffer[] = [];
  try {
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024);
      const length = fs.readSync(fd, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error; // a child still holds the other end
  }
  return Buffer.concat(chunks).toString("utf8");
}
