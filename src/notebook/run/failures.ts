import type { KernelFailure } from "../kernel/channels.js";
import type { Content } from "../kernel/protocol.js";
import type { FailedCell, FailureCause, PendingWarning } from "./outcome.js";

/** The limits of one execution, in seconds. */
export interface Limits {
  start: number;
  cell: number;
  notebook: number;
  settle: number;
}

/** Frames of Node's own crash report: addresses, where the line above them says what happened. */
const nativeFrame = /^\s*\d+: 0x[0-9a-f]+ /;
const mostLines = 15;

/** The failure of a cell, or of no cell, that a limit or the caller's signal ended. */
export function limitFailure(
  passed: "cell" | "notebook" | "settle" | "stopped",
  limits: Limits,
  cell: FailedCell | null,
): FailureCause {
  if (passed === "stopped") {
    return { kind: "stopped", ename: "Stopped", evalue: "stopped on request", traceback: [], cell };
  }
  const limitSeconds = limits[passed];
  const evalue =
    passed === "settle"
      ? `code that cells left behind kept the kernel busy for more than ${limitSeconds} s after the last cell`
      : `the ${passed} ran longer than ${limitSeconds} s`;
  return { kind: "timeout", limit: passed, limitSeconds, ename: "Timeout", evalue, traceback: [], cell };
}

/** With `strict`: the failure of a notebook that leaves something pending, at the cell that started it. */
export function pendingFailure(pending: readonly PendingWarning[], cell: FailedCell): FailureCause {
  const evalue = `still pending at the end: ${pending.map(({ what }) => what).join(", ")}`;
  return { kind: "cellError", ename: "StillPending", evalue, traceback: [], cell };
}

/** The failure of the kernel itself, with the end of what its process said in place of a stack. */
export function kernelFailure(error: KernelFailure, limits: Limits, cell: FailedCell | null): FailureCause {
  const said = error.processTail.split("\n").filter((line) => line.trim() !== "" && !nativeFrame.test(line));
  const thrown = { evalue: error.message, traceback: said.slice(-mostLines) };
  switch (error.kind) {
    case "startTimeout": {
      const limit = limits.notebook < limits.start ? "notebook" : "start"; // the one that came first
      return { kind: "timeout", limit, limitSeconds: limits[limit], ename: "Timeout", ...thrown, cell };
    }
    case "stopped":
      return { kind: "stopped", ename: "Stopped", ...thrown, cell };
    case "lostOutput":
      return { kind: "lostOutput", ename: "LostOutput", ...thrown, cell };
    case "dead": {
      const { code = null, signal = null } = error.exit ?? {};
      return { kind: "deadKernel", exitCode: code, signal, ename: "DeadKernel", ...thrown, cell };
    }
  }
}

/** The error in an `execute_reply` that is not ok. */
export function replyError(content: Content): { ename: string; evalue: string; traceback: string[] } {
  return {
    ename: String(content.ename ?? "CellAborted"),
    evalue: String(content.evalue ?? `the kernel answered ${String(content.status)}`),
    traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
  };
}
