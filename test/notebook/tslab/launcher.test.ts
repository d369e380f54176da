/** The kernel by itself, spoken to as Jupyter does. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFolder } from "../../../src/base/files.js";
import { Kernel } from "../../../src/notebook/kernel/kernel.js";
import type { Content, Message } from "../../../src/notebook/kernel/protocol.js";
import { within } from "../../../src/notebook/kernel/waiting.js";
import { assertNothingLeft, workFolder } from "../../helpers/runner.js";

let kernel: Kernel;
let published: Message[] = [];

before(async () => {
  kernel = await Kernel.start({ cwd: workFolder, onIopub: (message) => published.push(message) });
});
after(() => kernel.shutdown());

async function execute(code: string): Promise<Content> {
  const reply = await within(20, kernel.execute(code).reply);
  assert.ok(reply, `no answer to: ${code}`);
  return reply.content;
}

const versionOf = (name: string): string =>
  require(path.join(packageFolder, "node_modules", name, "package.json")).version;

test("kernel_info tells the versions that are installed", () => {
  const { implementation, implementation_version, language_info, banner } = kernel.info as Record<string, Content>;
  assert.deepEqual([implementation, implementation_version], ["tslab", versionOf("tslab")]);
  assert.equal(language_info.version, versionOf("typescript"));
  assert.match(String(banner), new RegExp(`on Node ${process.version}$`));
});

test("a cell's messages: busy, its input, its output, its result, idle", async () => {
  published = [];
  await execute('console.log("out"); 6 * 7');
  assert.deepEqual(
    published.map(({ header, content }) => [header.msg_type, content.execution_state ?? content.text ?? content.data]),
    [
      ["status", "busy"],
      ["execute_input", undefined],
      ["stream", "out\n"],
      ["execute_result", { "text/plain": "42" }],
      ["status", "idle"],
    ],
  );
});

test("after an error, what was queued is aborted; what is sent later, however soon, runs", async () => {
  // The cell waits before it throws: the next one has then come, also on a machine with much else to do.
  const fails = 'await new Promise((done) => setTimeout(done, 500)); throw new TypeError("x")';
  const [failing, queued] = [kernel.execute(fails), kernel.execute("2")];
  const { status, ename, evalue } = (await failing.reply).content;
  assert.deepEqual([status, ename, evalue], ["error", "TypeError", "x"]);
  const soon = kernel.execute("3");
  assert.equal((await queued.reply).content.status, "aborted");
  assert.equal((await soon.reply).content.status, "ok");
});

for (const [name, loop] of [
  ["an endless loop", "for (;;) {}"],
  ["one after an await", "await new Promise((done) => setTimeout(done, 10)); for (;;) {}"],
  ["one in a timer that the cell awaits", "await new Promise(() => setTimeout(() => { for (;;) {} }, 10));"],
  ["an await that never ends", "await new Promise(() => {});"],
]) {
  test(`an interrupt ends ${name}; variables are kept`, async () => {
    await execute("let kept = 41;");
    published = [];
    const { reply } = kernel.execute(loop);
    while (!published.some(({ header }) => header.msg_type === "execute_input")) await sleep(20);
    await sleep(500); // now it runs
    kernel.interrupt();
    const interrupted = await within(20, reply);
    assert.deepEqual([interrupted?.content.status, interrupted?.content.ename], ["error", "Interrupted"]);
    published = [];
    assert.equal((await execute("await new Promise((done) => setTimeout(done, 10)); kept + 1")).status, "ok");
    const result = published.find(({ header }) => header.msg_type === "execute_result");
    assert.deepEqual(result?.content.data, { "text/plain": "42" });
  });
}

test("an interrupt without a running cell changes nothing", async () => {
  kernel.interrupt();
  await sleep(700);
  assert.equal((await execute("1 + 1")).status, "ok");
});

test("a live timer and an open server do not keep the kernel: it ends by itself at once", async () => {
  await execute('setInterval(() => {}, 1000); require("node:net").createServer().listen(0);');
  await kernel.shutdown();
  assert.deepEqual(kernel.exit, { code: 0, signal: null }, "the runner did not have to use force");
  await assertNothingLeft();
});
