import { SncError } from "./errors.js";

/** What a fault of the operating system means, and what a user does about it. */
interface Fault {
  found: string;
  next: string;
}

const anotherFolder = "name another folder: --out, SNC_RESULTS for results, SNC_CACHE for inputs and activations";
const noPermission = `Change its owner or permissions, or ${anotherFolder}`;
const moreSpace = `Free some there, or ${anotherFolder}. Then run the same command again: finished work is kept`;
const moreFiles = "Allow more, for example: ulimit -n 4096. Or take less at a time: --jobs 1";
const lessMemory = "End other programs, or take less at a time: --jobs 1";
const thisDisk = `Check the disk or its connection, or ${anotherFolder}`;

/** By the system's own code. A code that only a mistake in the program can cause is not here: it stays an internal error. */
const faults: Readonly<Record<string, Fault>> = {
  EACCES: { found: "no permission", next: noPermission },
  EPERM: { found: "not permitted", next: noPermission },
  EROFS: { found: "a file system that is read-only", next: `Make it writable, or ${anotherFolder}` },
  ENOSPC: { found: "no space left", next: moreSpace },
  EDQUOT: { found: "a quota that is used up", next: moreSpace },
  EFBIG: { found: "a limit on the size of files", next: `Raise it (ulimit -f), or ${anotherFolder}` },
  ENOENT: { found: "no such file or folder", next: "Check the path" },
  ENOTDIR: { found: "a file where the path needs a folder", next: `Check the path, or ${anotherFolder}` },
  EEXIST: {
    found: "a file, or a link to nothing, where the path needs a folder",
    next: `Check the path, or ${anotherFolder}`,
  },
  EISDIR: { found: "a folder where a file belongs", next: "Check the path" },
  ENOTEMPTY: { found: "a folder where a file belongs", next: "Check the path" },
  ELOOP: { found: "links that lead in a circle", next: "Make the link again, or name another path" },
  ENAMETOOLONG: { found: "a name that is too long", next: "Name a shorter path" },
  EMFILE: { found: "too many open files in this process", next: moreFiles },
  ENFILE: { found: "too many open files on this machine", next: moreFiles },
  ENOMEM: { found: "no memory left", next: lessMemory },
  EAGAIN: { found: "too few resources for another process", next: lessMemory },
  EBUSY: { found: "a file or folder that another program holds", next: "End that program" },
  ETXTBSY: { found: "a program that is running", next: "End that program" },
  EXDEV: { found: "a move between file systems", next: `Keep them on one, or ${anotherFolder}` },
  EIO: { found: "an input/output error", next: thisDisk },
  ENXIO: { found: "a device that is not there", next: thisDisk },
  ENODEV: { found: "a device that is not there", next: thisDisk },
  ESTALE: { found: "a network folder that is gone", next: thisDisk },
};

/** System calls that read what a user has named: nothing there is a wrong input, not a fault of the machine. */
const looks = new Set(["open", "stat", "lstat", "scandir", "opendir", "readlink", "realpath", "access"]);

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";

/**
 * A fault of the machine, or of a path that a user gave, as an error to act on; undefined for any other error. `file` is
 * what was to be written: writes to an open file do not name it, and a temporary name, which begins with it, says little.
 */
export function systemFault(error: unknown, file?: string): SncError | undefined {
  if (error instanceof SncError) return error;
  if (!isSystemError(error)) return undefined;
  const { syscall = "", path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const code = error.code?.replace("ERR_FS_", "") ?? ""; // as Node's rm has it of a folder
  const fault = Object.hasOwn(faults, code) ? faults[code] : undefined;
  if (!fault) return undefined;
  const named = dest ?? path;
  const place = named === undefined || (file && named.startsWith(file)) ? file : named;
  const failure = code === "ENOENT" && looks.has(syscall) && file === undefined ? "input" : "environment";
  return new SncError(failure, `${place ?? unnamed(syscall)}: found ${fault.found} (${code}). ${fault.next}`, {
    cause: error,
  });
}

const unnamed = (syscall: string): string => (syscall === "uv_cwd" ? "the current folder" : `a file (${syscall})`);

/** What `work` gives. Where the system fails it without a path, the error it rejects with names `file`. */
export async function naming<T>(file: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw isSystemError(error) && error.path === undefined ? Object.assign(error, { path: file }) : error;
  });
}
