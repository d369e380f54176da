/** The moments at which a cell can be interrupted, by two threads as in the kernel. */
import assert from "node:assert/strict";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import { Worker } from "node:worker_threads";
import { packageFolder } from "../../../src/base/files.js";
import { Interruptible } from "../../../src/notebook/tslab/interruptible.js";

const built = path.join(packageFolder, "dist/notebook/tslab/interruptible.js");

/** Sends the signal 200 ms after it was free to: what is to end by it may by then have come to its own end. */
const late = `
  const { workerData, parentPort } = require("node:worker_threads");
  const { Interruptible } = require(${JSON.stringify(built)});
  parentPort.postMessage("ready");
  const interruptible = new Interruptible(workerData);
  for (let isSent = false; !isSent; ) interruptible.signal(() => {
    isSent = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    process.kill(process.pid, "SIGINT");
  });`;

test("a script that is being signalled as it ends waits for the signal, which ends it alone", async () => {
  const interruptible = new Interruptible();
  const state = new Int32Array(interruptible.shared);
  const thread = new Worker(late, { eval: true, workerData: interruptible.shared, execArgv: [] });
  await once(thread, "message");
  const script = "cell.enter(); while (cell.isFree()); try {} finally { cell.leave() }";
  const isFree = (): boolean => Atomics.load(state, 0) === 1;
  Object.assign(globalThis, {
    cell: { enter: () => interruptible.enter(), leave: () => interruptible.leave(), isFree },
  });
  assert.throws(() => vm.runInThisContext(script, { breakOnSigint: true }), {
    code: "ERR_SCRIPT_EXECUTION_INTERRUPTED",
  });
  interruptible.left();
  await once(thread, "exit");
});

test("before a script and after it nothing is sent", () => {
  const interruptible = new Interruptible();
  const moments: string[] = [];
  const signal = (moment: string): void => interruptible.signal(() => moments.push(moment));
  signal("before");
  interruptible.enter();
  interruptible.leave();
  signal("after");
  interruptible.enter();
  signal("inside");
  signal("inside, again");
  interruptible.left();
  signal("after its end by a signal");
  assert.deepEqual(moments, ["inside"]);
});
