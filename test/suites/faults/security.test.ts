/** Nobody else can speak to a kernel or listen in, and a notebook's text is only ever code for its kernel. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFolder } from "../../../src/base/files.js";
import { Channels } from "../../../src/notebook/kernel/channels.js";
import { createConnection, type Transport } from "../../../src/notebook/kernel/connection.js";
import { acquireGuard } from "../../../src/notebook/kernel/guard.js";
import { Kernel, kernelArguments } from "../../../src/notebook/kernel/kernel.js";
import { within } from "../../../src/notebook/kernel/waiting.js";
import { assertNothingLeft, fixture, newFolder, runCli, workFolder } from "../../helpers/runner.js";

/** Addresses on which a process listens by TCP, as "ADDRESS:PORT" in the kernel's hexadecimal, of both IP versions. */
async function listeningAddresses(pid: number): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => "")));
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const tables = await Promise.all(["tcp", "tcp6"].map((table) => readFile(`/proc/${pid}/net/${table}`, "utf8")));
  const rows = tables.flatMap((table) =>
    table
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((row) => row.trim().split(/\s+/)),
  );
  const isListening = "0A";
  return rows.filter((row) => row[3] === isListening && inodes.has(row[9])).map((row) => row[1]);
}

test("a kernel listens on Unix sockets in a folder of ours alone, or on the loopback interface", async () => {
  const onUnix = await Kernel.start({ cwd: workFolder, transport: "ipc" });
  assert.deepEqual(await listeningAddresses(onUnix.pid!), []);
  await onUnix.shutdown();
  const onTcp = await Kernel.start({ cwd: workFolder, transport: "tcp" });
  const addresses = await listeningAddresses(onTcp.pid!);
  assert.equal(addresses.length, 5);
  for (const address of addresses) assert.match(address, /^0100007F:/, "127.0.0.1, low byte first");
  await onTcp.shutdown();
  await assertNothingLeft();
});

test("every kernel has a fresh key, in a file and a folder for the owner alone", async () => {
  const guard = acquireGuard();
  try {
    const made = await Promise.all(["a", "b"].map((name) => createConnection(guard.folder, name, "ipc")));
    const keys = made.map(({ connection }) => connection.key);
    assert.notEqual(keys[0], keys[1]);
    for (const key of keys) assert.match(key, /^[0-9a-f]{64}$/);
    for (const { file } of made) assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(guard.folder)).mode & 0o777, 0o700);
  } finally {
    guard.release();
  }
});

for (const transport of ["ipc", "tcp"] satisfies Transport[]) {
  test(`${transport}: the connection file is gone once the kernel answers`, async () => {
    const guard = acquireGuard(); // the kernel shares it
    const kernel = await Kernel.start({ cwd: workFolder, transport });
    assert.deepEqual(
      (await readdir(guard.folder)).filter((name) => name.endsWith(".json")),
      [],
    );
    await kernel.shutdown();
    guard.release();
    await assertNothingLeft();
  });
}

test("the kernel drops requests with a wrong signature, on shell and control", async () => {
  const guard = acquireGuard();
  const { file, connection } = await createConnection(guard.folder, "k", "ipc");
  const [program, ...args] = kernelArguments;
  const child = spawn(program, [...args, file, guard.folder], { cwd: workFolder, stdio: "ignore" });
  const forger = new Channels({ ...connection, key: "0".repeat(64) }, () => {});
  const owner = new Channels(connection, () => {});
  try {
    const forged = path.join(workFolder, "forged");
    const code = `require("node:fs").writeFileSync(${JSON.stringify(forged)}, "")`;
    forger.request("shell", "execute_request", { code, silent: false }).reply.catch(() => {});
    forger.request("control", "shutdown_request", { restart: false }).reply.catch(() => {});
    const ready = within(60, owner.request("control", "kernel_info_request", {}).reply);
    assert.equal((await ready)?.content.status, "ok", "it did not shut down");
    await sleep(500); // what was forged came first and would have run by now
    assert.deepEqual(
      (await readdir(workFolder)).filter((name) => name === "forged"),
      [],
    );
    const own = await within(20, owner.request("shell", "execute_request", { code, silent: false }).reply);
    assert.equal(own?.content.status, "ok");
    assert.ok((await readdir(workFolder)).includes("forged"), "the same request with the right key runs");
  } finally {
    owner.request("control", "shutdown_request", { restart: false }).reply.catch(() => {});
    await new Promise((resolve) => child.once("exit", resolve));
    for (const channels of [forger, owner]) channels.close();
    guard.release();
  }
});

test("nothing from a notebook's name, text, metadata or parameters reaches a shell or becomes other code", async () => {
  const folder = newFolder();
  const canary = path.join(folder, "canary");
  const command = `touch canary; touch ${canary}`;
  const hostile = [`; ${command} ;`, `$(${command})`, `\`${command}\``, `" || ${command} || "`, `'\n${command}\n'`];
  const code = `"; require("node:fs").writeFileSync(${JSON.stringify(canary)}, ""); "`;
  await mkdir(folder, { recursive: true });
  const notebook = JSON.parse(await readFile(fixture("parameters"), "utf8"));
  notebook.metadata.kernelspec = { name: hostile[1], display_name: hostile[2], language: "typescript", argv: hostile };
  notebook.metadata.snc = { command: hostile };
  notebook.cells[0].source = hostile;
  notebook.cells[1].metadata.name = hostile[0];
  const file = path.join(folder, "a;touch canary;$(touch canary)`touch canary`.ipynb");
  await writeFile(file, JSON.stringify(notebook));
  const profile = [...hostile, code].join("\n");
  const { code: exit, stderr } = await runCli([
    file,
    "--out",
    path.join(folder, "out"),
    "--param",
    `profile=${profile}`,
  ]);
  assert.equal(exit, 0, stderr);
  const files = [...(await readdir(folder, { recursive: true })), ...(await readdir("."))];
  assert.deepEqual(
    files.filter((name) => name.endsWith("canary")),
    [],
  );
});

test("the runner's own processes are started without a shell", async () => {
  const folder = path.join(packageFolder, "src", "notebook");
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
  for (const name of files) {
    const source = await readFile(path.join(folder, name), "utf8");
    assert.doesNotMatch(
      source,
      /shell:|\bexec(File)?Sync\b|import \{[^}]*\bexec\b[^}]*\} from "node:child_process"/,
      name,
    );
  }
});
