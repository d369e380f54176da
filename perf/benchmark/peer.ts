import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { addAlone, pythonWith } from "../../test/helpers/python-environment.js";

/** Python's side of the comparisons, in a process of its own; one task at a time. */
export interface Peer {
  /** Throws what the other side says it failed by. */
  milliseconds(task: string, options: object): Promise<number>;
  /** The most memory it has had, after that task. */
  peakBytes(task: string, options: object): Promise<number>;
  /** Frees what the tasks so far hold. */
  forget(): Promise<void>;
  end(): void;
}

interface Measured {
  milliseconds: number;
  peakBytes: number;
}

/** Its trainers need PyTorch and einops alone; what the package asks for beside is heavy and not used here. */
const withoutDependencies = "dictionary-learning==0.1.0";

/** An environment of its own for all peers, made once and kept in the cache folder. */
async function peerPython(): Promise<string> {
  const python = await pythonWith(path.join(__dirname, "requirements.txt"));
  await addAlone(python, withoutDependencies).catch((error: Error) => {
    process.stderr.write(`${withoutDependencies} could not be installed: ${error.message}\n`);
  });
  return python;
}

/** Starts PyTorch on this many threads. */
export async function startPeer(threads: number): Promise<Peer> {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    await peerPython(),
    ["-W", "ignore", path.join(__dirname, "peer.py"), String(threads)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: child.stdout });
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`PyTorch's side ended with ${code}; its message is above`);
  });
  died.catch(() => {}); // heard by whoever waits for an answer
  const ask = async (request: object): Promise<Measured | { error: string } | null> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const [line] = await Promise.race([once(lines, "line"), died]);
    return JSON.parse(line);
  };
  const measured = async (task: string, options: object): Promise<Measured> => {
    const answer = await ask({ task, options });
    if (answer && "milliseconds" in answer) return answer;
    throw new Error(answer?.error ?? "no answer");
  };
  return {
    milliseconds: async (task, options) => (await measured(task, options)).milliseconds,
    peakBytes: async (task, options) => (await measured(task, options)).peakBytes,
    async forget() {
      await ask({ forget: true });
    },
    end: () => child.stdin.end(),
  };
}
