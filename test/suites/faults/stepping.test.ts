/** An interrupted cell stops the trainings that it started, with their processes, and the cell can be run again. */
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Kernel } from "../../../src/notebook/kernel/kernel.js";
import { markedProcesses } from "../../../src/notebook/kernel/processes.js";
import type { Message } from "../../../src/notebook/kernel/protocol.js";
import { commandLineOf, token, workFolder } from "../../helpers/runner.js";

const open = `import * as snc from "selective-neural-competition";
const experiment = await snc.openExperiment({ profile: "smoke" }, { offline: true });`;

/** The processes that train beside a notebook of this file: other suites may run at the same time. */
const workers = (): number[] =>
  markedProcesses(token).filter((pid) => commandLineOf(pid).includes(path.join("training", "worker.js")));

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !isSo(); await sleep(20)) assert.ok(Date.now() < end, `expected ${what}`);
}

for (const [what, code, hasWorkers] of [
  ["train", "await experiment.train(9, 6, 42, { force: true });", false],
  ["trainAll", "await experiment.trainAll({ runs: [0, 9], jobs: 2, force: true });", true],
] as const)
  test(`interrupted, ${what} stops, in this process and others, and starts anew in a later cell`, {
    timeout: 300_000,
  }, async () => {
    const results = mkdtempSync(path.join(workFolder, "results-"));
    const messages: Message[] = [];
    const kernel = await Kernel.start({
      cwd: results,
      env: { ...process.env, SNC_RESULTS: results },
      startupTimeoutSeconds: 60,
      onIopub: (message) => void messages.push(message),
      onProcessOutput: () => {},
    });
    const texts = (): string[] =>
      messages.flatMap(({ content }) => (content.data as { "text/plain"?: string } | undefined)?.["text/plain"] ?? []);
    try {
      assert.equal((await kernel.execute(open, {}).reply).content.status, "ok");
      const { reply } = kernel.execute(code, {});
      const isUnderWay = (text: string): boolean => / [1-9]\d*\/\d+, /.test(text);
      await until("a bar that has moved", () => texts().some(isUnderWay));
      if (hasWorkers) assert.equal(workers().length, 2);
      kernel.interrupt();
      assert.equal((await reply).content.ename, "Interrupted");
      await until("the bar to say that it was stopped", () => texts().some((text) => text.includes("stopped at")));
      await until("no process that trains", () => workers().length === 0);
      const before = messages.length;
      const next = await kernel.execute(`console.log("next"); ${code.replace("force: true", "force: false")}`, {})
        .reply;
      assert.equal(next.content.status, "ok", JSON.stringify(next.content));
      const late = messages.slice(before).filter(({ parent }) => parent.msg_id !== next.parent.msg_id);
      assert.deepEqual(
        late.filter(({ header }) => header.msg_type !== "status"),
        [],
        "nothing comes late",
      );
    } finally {
      await kernel.shutdown();
    }
  });
