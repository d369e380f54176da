import { readdirSync, readFileSync } from "node:fs";

/**
 * The environment variable by which processes started under a runner or kernel are found again, even after they left
 * the process group. It holds one token per runner and kernel above, separated by commas: a notebook may run notebooks.
 */
export const markVariable = "SNC_PROCESS_MARK";

/** The value of the mark for a child: what we carry ourselves, and one token more. */
export function extendMark(token: string, inherited: string | undefined = process.env[markVariable]): string {
  return inherited ? `${inherited},${token}` : token;
}

interface ProcessEntry {
  pid: number;
  parent: number;
  mark: string | undefined;
}

/** What Linux tells of every process we may look at; empty where there is no /proc (there, only groups are ended). */
function listProcesses(): ProcessEntry[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const entries: ProcessEntry[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The command name, in brackets, may hold spaces; state and parent come after the last bracket.
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z") continue;
      const variables = readFileSync(`/proc/${name}/environ`, "latin1").split("\0");
      const mark = variables.find((v) => v.startsWith(`${markVariable}=`))?.slice(markVariable.length + 1);
      entries.push({ pid: Number(name), parent: Number(parent), mark });
    } catch {
      // It ended while we looked, or it belongs to someone else.
    }
  }
  return entries;
}

/**
 * Every living process that carries this token of the mark, or descends from one that does or from `root`: a child may
 * have been started with another environment. The caller and `root` are not among them.
 */
export function markedProcesses(token: string, root?: number): number[] {
  const entries = listProcesses();
  const found = new Set(entries.filter((e) => e.mark?.split(",").includes(token)).map((e) => e.pid));
  if (root !== undefined) found.add(root);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent } of entries) {
      if (!found.has(parent) || found.has(pid)) continue;
      found.add(pid);
      grew = true;
    }
  }
  return [...found].filter((pid) => pid !== process.pid && pid !== root);
}

/** Sends a signal; false when there is no such process (or group, for a negative id) any more. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Kills what `markedProcesses` finds, again and again until nothing is left: a process may have forked meanwhile. */
export async function endMarkedProcesses(token: string, root?: number, withinSeconds = 5): Promise<void> {
  for (const until = Date.now() + withinSeconds * 1000; Date.now() < until; ) {
    const found = markedProcesses(token, root);
    if (found.length === 0) return;
    for (const pid of found) signalProcess(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
