/** A kernel that answers wrongly: lost or forged messages must never pass for success. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Publisher, Router } from "zeromq";
import { Channels, KernelFailure } from "../../../src/notebook/kernel/channels.js";
import {
  type ConnectionInfo,
  type Content,
  createHeader,
  decodeMessage,
  encodeMessage,
  type Message,
} from "../../../src/notebook/kernel/protocol.js";

const key = "secret";
const shell = new Router();
const control = new Router();
const iopub = new Publisher();
const seen: string[] = [];

const portOf = (socket: Router | Publisher): number => Number(socket.lastEndpoint!.split(":").at(-1));

async function connect(): Promise<Channels> {
  for (const socket of [shell, control, iopub]) if (!socket.lastEndpoint) await socket.bind("tcp://127.0.0.1:*");
  const connection: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    shell_port: portOf(shell),
    iopub_port: portOf(iopub),
    control_port: portOf(control),
    stdin_port: 1,
    hb_port: 1,
    key,
    signature_scheme: "hmac-sha256",
  };
  const channels = new Channels(connection, (message) => seen.push(message.header.msg_type));
  await new Promise((resolve) => setTimeout(resolve, 300)); // the subscription takes a moment
  return channels;
}

type Answer = [msgType: string, content: Content, metadata?: Content];
const busy: Answer = ["status", { execution_state: "busy" }];
const idle = (published: number): Answer => ["status", { execution_state: "idle" }, { published }];
const reply: Answer = ["execute_reply", { status: "ok" }];

/** Answers one request with these messages. */
async function answer(messages: Answer[], signedWith = key): Promise<void> {
  const asked = decodeMessage(await shell.receive(), key)!;
  for (const [msgType, content, metadata = {}] of messages) {
    const isReply = msgType === "execute_reply";
    const identities = isReply ? asked.identities : [Buffer.from("topic")];
    const message: Message = {
      identities,
      header: createHeader(msgType, "s"),
      parent: asked.header,
      metadata,
      content,
    };
    await (isReply ? shell : iopub).send(encodeMessage(message, signedWith));
  }
}

const channels = connect();
after(async () => {
  (await channels).close();
  for (const socket of [shell, control, iopub]) socket.close();
});

async function ask(messages: Answer[], signedWith?: string): Promise<Message> {
  const asked = (await channels).request("shell", "execute_request", { code: "1" });
  await answer(messages, signedWith);
  return asked.reply;
}

const lost = (says: RegExp) => (error: Error) =>
  error instanceof KernelFailure && error.kind === "lostOutput" && says.test(error.message);

test("reply and idle, with all output between, are an answer", async () => {
  const message = await ask([busy, ["stream", { name: "stdout", text: "a" }], reply, idle(2)]);
  assert.equal(message.content.status, "ok");
});

test("fewer messages than the kernel says it sent are a failure", async () => {
  await assert.rejects(ask([busy, reply, idle(3)]), lost(/2 of 3 messages of output were lost/));
});

test("a reply without idle is a failure, and idle without a reply", async () => {
  await assert.rejects(ask([busy, reply]), lost(/its output did not end/));
  await assert.rejects(ask([busy, idle(1)]), lost(/it never replied/));
});

test("messages signed with another key count as not sent", async () => {
  seen.length = 0;
  const asked = (await channels).request("shell", "execute_request", { code: "1" });
  await answer([busy, ["stream", { name: "stdout", text: "forged" }], reply, idle(2)], "other");
  const outcome = await Promise.race([
    asked.reply.then(() => "answered"),
    new Promise((resolve) => setTimeout(resolve, 500, "silent")),
  ]);
  asked.reply.catch(() => {}); // rejected when the channels close
  assert.deepEqual([outcome, seen], ["silent", []]);
});
