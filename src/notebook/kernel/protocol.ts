import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Content of a message: JSON that came over a socket, so every field is checked where it is read. */
export type Content = Record<string, unknown>;

export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
}

/** A Jupyter message (protocol 5.3), without the binary buffers that only comms use. */
export interface Message {
  /** Routing prefix: who asked, on a router socket; the topic, on iopub. */
  identities: Uint8Array[];
  header: Header;
  parent: Partial<Header>;
  metadata: Content;
  content: Content;
}

/** The connection file, with Jupyter's field names. */
export interface ConnectionInfo {
  transport: "tcp" | "ipc";
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  key: string;
  signature_scheme: string;
  kernel_name?: string;
}

const delimiter = Buffer.from("<IDS|MSG>");
const protocolVersion = "5.3";

/** The zeromq address of one of the ports. */
export function address(connection: ConnectionInfo, port: number): string {
  const separator = connection.transport === "ipc" ? "-" : ":";
  return `${connection.transport}://${connection.ip}${separator}${port}`;
}

export function createHeader(msgType: string, session: string): Header {
  return {
    msg_id: randomUUID(),
    session,
    username: "snc",
    date: new Date().toISOString(),
    msg_type: msgType,
    version: protocolVersion,
  };
}

function sign(parts: readonly (string | Uint8Array)[], key: string): string {
  if (key === "") return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** The frames of a message as they go over the wire, signed with the connection's key. */
export function encodeMessage(message: Message, key: string): (string | Uint8Array)[] {
  const parts = [message.header, message.parent, message.metadata, message.content].map((part) => JSON.stringify(part));
  return [...message.identities, delimiter, sign(parts, key), ...parts];
}

export const isRecord = (value: unknown): value is Content =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The message in these frames; null when it is malformed or its signature is not ours, which means: drop it. */
export function decodeMessage(frames: readonly Buffer[], key: string): Message | null {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  if (at < 0 || frames.length < at + 6) return null;
  const [signature, ...parts] = frames.slice(at + 1, at + 6);
  const expected = Buffer.from(sign(parts, key));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return null;
  try {
    const [header, parent, metadata, content]: unknown[] = parts.map((part) => JSON.parse(part.toString("utf8")));
    if (!isRecord(header) || typeof header.msg_id !== "string" || typeof header.msg_type !== "string") return null;
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent: isRecord(parent) ? parent : {},
      metadata: isRecord(metadata) ? metadata : {},
      content: isRecord(content) ? content : {},
    };
  } catch {
    return null; // not JSON: as good as unsigned
  }
}
