import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { naming } from "../../base/system-errors.js";
import type { ConnectionInfo } from "./protocol.js";

export type Transport = ConnectionInfo["transport"];

/** Longest path of a Unix socket that every system takes. */
const longestSocketPath = 100;

/** Unix sockets in our private folder where they exist: no ports to race for, nobody else can listen in. */
export function defaultTransport(folder: string): Transport {
  return process.platform !== "win32" && folder.length + 20 < longestSocketPath ? "ipc" : "tcp";
}

async function freePorts(count: number): Promise<number[]> {
  const listening = (server: Server): Promise<Server> =>
    new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server)));
  const servers = await Promise.all(Array.from({ length: count }, () => listening(createServer())));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Writes a connection file for one kernel, with a fresh key, readable by us alone. */
export async function createConnection(
  folder: string,
  name: string,
  transport: Transport,
): Promise<{ file: string; connection: ConnectionInfo }> {
  const ports = transport === "ipc" ? [1, 2, 3, 4, 5] : await freePorts(5);
  const connection: ConnectionInfo = {
    transport,
    ip: transport === "ipc" ? path.join(folder, name) : "127.0.0.1",
    shell_port: ports[0],
    iopub_port: ports[1],
    stdin_port: ports[2],
    control_port: ports[3],
    hb_port: ports[4],
    key: randomBytes(32).toString("hex"),
    signature_scheme: "hmac-sha256",
    kernel_name: "snc-tslab",
  };
  const file = path.join(folder, `${name}.json`);
  await naming(file, writeFile(file, JSON.stringify(connection), { mode: 0o600, flag: "wx" }));
  return { file, connection };
}
