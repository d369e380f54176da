import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeader, decodeMessage, encodeMessage, type Message } from "../../../src/notebook/kernel/protocol.js";

const message: Message = {
  identities: [Buffer.from("client")],
  header: createHeader("execute_request", "session"),
  parent: {},
  metadata: { a: 1 },
  content: { code: "π = 3", silent: false },
};
const frames = (key: string): Buffer[] => encodeMessage(message, key).map((frame) => Buffer.from(frame));

test("a message comes out of its frames as it went in", () => {
  for (const key of ["secret", ""]) assert.deepEqual(decodeMessage(frames(key), key), message);
});

test("a message with a wrong signature, or none, is dropped", () => {
  assert.equal(decodeMessage(frames("other"), "secret"), null);
  assert.equal(decodeMessage(frames(""), "secret"), null);
  for (let part = 3; part < 7; part++) {
    const changed = frames("secret");
    changed[part] = Buffer.from('{"msg_id":"x","msg_type":"shutdown_request"}');
    assert.equal(decodeMessage(changed, "secret"), null, `frame ${part} changed`);
  }
});

test("malformed messages are dropped, signed or not", () => {
  assert.equal(decodeMessage([], ""), null);
  assert.equal(decodeMessage([Buffer.from("<IDS|MSG>"), Buffer.from("")], ""), null);
  const parts = ["[]", "{}", "{}", "{}"];
  assert.equal(
    decodeMessage(
      ["<IDS|MSG>", "", ...parts].map((p) => Buffer.from(p)),
      "",
    ),
    null,
    "a header that is a list",
  );
  assert.equal(
    decodeMessage(
      ["<IDS|MSG>", "", "{", "{}", "{}", "{}"].map((p) => Buffer.from(p)),
      "",
    ),
    null,
    "no JSON",
  );
});
