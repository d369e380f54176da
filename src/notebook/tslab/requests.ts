import { type Content, isRecord } from "../kernel/protocol.js";
import type { CellResult, CellRunner } from "./cells.js";
import { isCompleteCode } from "./compiler.js";
import { failingExitCode } from "./exit-code.js";
import type { KernelMessage, ToKernel } from "./messages.js";
import type { PendingWork } from "./pending.js";
import { reportThrown } from "./traceback.js";

interface Parts {
  cells: CellRunner;
  /** Waits until nothing that a cell started can fail any more, at most this long. */
  settle(seconds: number): Promise<PendingWork[]>;
  kernelInfo: Content;
  publish(request: number, msgType: string, content: Content): void;
  send(message: KernelMessage): void;
}

type Request = Extract<ToKernel, { type: "request" }> & { aborted?: boolean };

/** Answers clients' requests strictly one after another; after a failed cell the cells already queued are aborted. */
export function answerRequests(parts: Parts): { answer(request: Request): void; noteReplied(upTo: number): void } {
  const { cells, kernelInfo, settle, publish, send } = parts;
  const queue: Request[] = [];
  /** The clients' ids of executed cells, by which a late error names the cell it comes from. */
  const messageIds = new Map<number, string>();
  let busy = false;
  let noteReplied: (upTo: number) => void = () => {};

  async function work(): Promise<void> {
    busy = true;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { request, header, content, aborted } = next;
      const interruptible = header.msg_type === "execute_request";
      send({ type: "begin", request, interruptible });
      const answer = aborted ? abort() : await answers(next).catch((error) => failed(next, error));
      const [msgType, reply, metadata = {}] = answer ?? ["", {}];
      const abortsQueue = reply.status === "error" && interruptible && content.stop_on_error !== false;
      const replied = new Promise<number>((resolve) => {
        noteReplied = resolve;
      });
      send({ type: "reply", request, msgType, content: reply, metadata, abortsQueue });
      if (!abortsQueue) continue;
      const upTo = await replied;
      for (const queued of queue)
        queued.aborted ||= queued.header.msg_type === "execute_request" && queued.request <= upTo;
    }
    busy = false;
  }

  type Answer = [msgType: string, content: Content, metadata?: Content];

  const abort = (): Answer => ["execute_reply", { status: "aborted", execution_count: cells.executionCount }];

  /** tslab's completion and inspection may throw on code they cannot read: that is no error of a cell. */
  const failed = ({ header }: Request, error: unknown): Answer => [
    header.msg_type.replace(/request$/, "reply"),
    { status: "error", ...reportThrown(error) },
  ];

  async function answers({ request, header, content }: Request): Promise<Answer | null> {
    const code = typeof content.code === "string" ? content.code : "";
    const cursor = typeof content.cursor_pos === "number" ? content.cursor_pos : code.length;
    switch (header.msg_type) {
      case "execute_request":
        if (typeof content.settle_seconds === "number") return settled(request, content.settle_seconds);
        messageIds.set(request, header.msg_id);
        return execute(request, code, content);
      case "kernel_info_request":
        return ["kernel_info_reply", kernelInfo];
      case "is_complete_request": {
        const { completed, indent } = isCompleteCode(code);
        return [
          "is_complete_reply",
          completed ? { status: "complete" } : { status: "incomplete", indent: indent ?? "" },
        ];
      }
      case "inspect_request": {
        const info = cells.inspect(code, cursor);
        const data = info !== undefined ? { "text/plain": info } : {};
        return ["inspect_reply", { status: "ok", found: info !== undefined, data, metadata: {} }];
      }
      case "complete_request": {
        const { start, end, candidates } = cells.complete(code, cursor);
        const reply = { status: "ok", matches: candidates, cursor_start: start, cursor_end: end, metadata: {} };
        return ["complete_reply", reply];
      }
      case "comm_info_request":
        return ["comm_info_reply", { status: "ok", comms: {} }];
      case "history_request":
        return ["history_reply", { status: "ok", history: [] }];
      case "comm_open": // there are no comms: the protocol's answer is to close it
        publish(request, "comm_close", { comm_id: content.comm_id ?? "", data: {} });
        return null;
      default:
        return null;
    }
  }

  async function execute(request: number, code: string, content: Content): Promise<Answer> {
    const silent = content.silent === true;
    const mayRaise = content.stop_on_error === false;
    const result = await cells.run(request, code, { silent, mayRaise }, (execution_count) => {
      if (!silent) publish(request, "execute_input", { code, execution_count });
    });
    const [msgType, reply, metadata]: Answer = executeReply(request, result);
    if (result.error || !isRecord(content.user_expressions)) return [msgType, reply, metadata];
    return [msgType, { ...reply, user_expressions: await evaluated(content.user_expressions) }, metadata];
  }

  /** What a client's expressions are after its cell, each by its name. */
  async function evaluated(expressions: Content): Promise<Content> {
    const values: Content = {};
    for (const [name, expression] of Object.entries(expressions)) {
      const value = await cells.evaluate(String(expression));
      values[name] =
        "text" in value
          ? { status: "ok", data: { "text/plain": value.text }, metadata: {} }
          : { status: "error", ...value.error };
    }
    return values;
  }

  function executeReply(request: number, { error, count, lateErrorOf }: CellResult, metadata: Content = {}): Answer {
    const common = { execution_count: count, user_expressions: {}, payload: [] };
    if (!error) return ["execute_reply", { ...common, status: "ok" }, metadata];
    publish(request, "error", { ...error });
    const culprit = lateErrorOf === undefined ? {} : { late_error_of: messageIds.get(lateErrorOf) };
    return ["execute_reply", { ...common, ...error, status: "error" }, { ...metadata, ...culprit }];
  }

  /** The runner's last request: how the notebook ends when all that its cells started has ended, or its time is up. */
  async function settled(request: number, seconds: number): Promise<Answer> {
    const pending = await settle(seconds);
    const late = cells.takeLate();
    if (late) return executeReply(request, late);
    const failing = failingExitCode();
    if (failing && !cells.mayRaise(failing.request)) {
      const evalue = `process.exitCode is ${failing.code}: what set it had failed`;
      const error = { ename: "ExitCode", evalue, traceback: [`ExitCode: ${evalue}`] };
      return executeReply(request, { error, count: cells.executionCount, lateErrorOf: failing.request });
    }
    const left = pending.map(({ request: cell, what }) => ({ cell: messageIds.get(cell ?? -1) ?? null, what }));
    return executeReply(request, { error: null, count: cells.executionCount }, { pending: left });
  }

  return {
    answer(request) {
      queue.push(request);
      if (!busy) void work();
    },
    noteReplied: (upTo) => noteReplied(upTo),
  };
}
