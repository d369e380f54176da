/** What clients ask of a kernel beside cells; and several of one kernel, of which one that reads nothing stops no other. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Subscriber } from "zeromq";
import { Kernel } from "../../../src/notebook/kernel/kernel.js";
import type { Message } from "../../../src/notebook/kernel/protocol.js";
import { address, type ConnectionInfo } from "../../../src/notebook/kernel/protocol.js";
import { workFolder } from "../../helpers/runner.js";

let kernel: Kernel;
let text = "";

before(async () => {
  const onIopub = ({ header, content }: Message): void => {
    if (header.msg_type === "stream") text += String(content.text);
  };
  kernel = await Kernel.start({ cwd: workFolder, onIopub });
});
after(() => kernel.shutdown());

test("with a second client that never reads, the first one gets all output and the cell ends", async () => {
  const { connection } = (kernel as unknown as { channels: { connection: ConnectionInfo } }).channels;
  const idle = new Subscriber({ linger: 0, receiveHighWaterMark: 1, receiveBufferSize: 4096 });
  idle.connect(address(connection, connection.iopub_port));
  idle.subscribe();
  // Each line is a message of its own, and together they are far more than a socket's buffers and marks hold.
  const code = `for (let i = 0; i < 600; i++) {
    console.log("line", i, "x".repeat(20_000));
    await new Promise((done) => setTimeout(done, 1));
  }`;
  const { content } = await kernel.execute(code).reply; // waits for ever where the idle client stops the output
  assert.equal(content.status, "ok");
  const numbers = [...text.matchAll(/line (\d+) /g)].map(([, number]) => Number(number));
  assert.deepEqual(
    numbers,
    Array.from({ length: 600 }, (_, i) => i),
  );
  idle.close();
});

test("user expressions are answered with a cell's reply, each with its value or its error", async () => {
  const user_expressions = { sum: "total + 1", text: "String(total)", none: "nope", broken: "1 +" };
  const { content } = await kernel.execute("const total = 41;", { user_expressions }).reply;
  const values = content.user_expressions as Record<string, { status: string; data?: unknown; ename?: string }>;
  assert.deepEqual(values.sum, { status: "ok", data: { "text/plain": "42" }, metadata: {} });
  assert.deepEqual(values.text.data, { "text/plain": "'41'" });
  assert.deepEqual([values.none.status, values.none.ename], ["error", "TypeScriptError"]);
  assert.equal(values.broken.status, "error");
});

test("kernels that start at once have pipes of their own", async () => {
  const said: string[][] = [[], []];
  const both = await Promise.all(
    said.map((texts) =>
      Kernel.start({
        cwd: workFolder,
        onIopub({ header, content }) {
          if (header.msg_type === "stream") texts.push(String(content.text));
        },
      }),
    ),
  );
  const code = (i: number): string => `require("node:fs").writeSync(1, "kernel ${i}\\n"); console.log("of ${i}")`;
  await Promise.all(both.map((other, i) => other.execute(code(i)).reply));
  await Promise.all(both.map((other) => other.shutdown()));
  assert.deepEqual(
    said.map((texts) => texts.join("")),
    ["kernel 0\nof 0\n", "kernel 1\nof 1\n"],
  );
});
