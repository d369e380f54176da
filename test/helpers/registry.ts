import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import * as tar from "tar";

/** Files by their path inside a package. */
export type Files = Record<string, string>;

/** An npm registry on this machine's loopback address. npm itself talks to it: only the configuration is the test's. */
export async function startRegistry(folder: string) {
  const tarballs = new Map<string, Buffer>();
  /** The names of the packages whose tarballs were asked for, in order. */
  const served: string[] = [];
  const hooks: { onTarball?: (name: string) => "hold" | undefined } = {};
  const server = createServer((request, response) => {
    const [, name, isTarball] = /^\/(.+?)(\/-\/tarball\.tgz)?$/.exec(decodeURIComponent(request.url ?? "")) ?? [];
    const tarball = tarballs.get(name);
    if (!tarball) return response.writeHead(404).end("{}");
    if (!isTarball) return response.end(JSON.stringify(packument(name, tarball, `http://${request.headers.host}`)));
    served.push(name);
    if (hooks.onTarball?.(name) !== "hold") response.end(tarball);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.npm_config_registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  process.env.npm_config_cache = path.join(folder, "npm-cache");
  process.env.npm_config_fetch_retries = "0";
  return {
    served,
    hooks,
    /** Publishes version 1.0.0 of a package and returns its pin; `replaceWith` then serves another tarball. */
    async publish(name: string, files: Files) {
      const tarball = await packed(folder, files);
      tarballs.set(name, tarball);
      return {
        name,
        version: "1.0.0",
        integrity: integrity(tarball),
        bytes: tarball.length,
        notice: "made for a test",
      };
    },
    serve: (name: string, tarball: Buffer) => tarballs.set(name, tarball),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const packument = (name: string, tarball: Buffer, host: string) => ({
  name,
  "dist-tags": { latest: "1.0.0" },
  versions: {
    "1.0.0": {
      name,
      version: "1.0.0",
      dist: { tarball: `${host}/${name.replace("/", "%2f")}/-/tarball.tgz`, integrity: integrity(tarball) },
    },
  },
});

export const integrity = (bytes: Buffer): string => `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** A tarball as npm makes them: everything below package/. */
async function packed(folder: string, files: Files): Promise<Buffer> {
  const root = await mkdtemp(path.join(folder, "package-"));
  for (const [file, contents] of Object.entries({ "package.json": "{}", ...files })) {
    await mkdir(path.dirname(path.join(root, "package", file)), { recursive: true });
    await writeFile(path.join(root, "package", file), contents);
  }
  await tar.c({ gzip: true, cwd: root, file: path.join(root, "package.tgz") }, ["package"]);
  return readFile(path.join(root, "package.tgz"));
}

/** Puts a pure-Python wheel with these files where pip, by its configuration, looks; returns its sha256. */
export async function publishWheel(folder: string, name: string, files: Files): Promise<string> {
  const wheels = path.join(folder, "wheels");
  await mkdir(wheels, { recursive: true });
  Object.assign(process.env, { PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels });
  const file = path.join(wheels, `${name}-1.0.0-py3-none-any.whl`);
  const entries = {
    [`${name}-1.0.0.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0.0\n`,
    [`${name}-1.0.0.dist-info/WHEEL`]:
      "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    ...files,
  };
  const zip =
    "import json,sys,zipfile\nwith zipfile.ZipFile(sys.argv[1],'w') as z:\n for n,t in json.load(sys.stdin).items(): z.writestr(n,t)";
  const python = process.platform === "win32" ? "python" : "python3";
  execFileSync(python, ["-c", zip, file], { input: JSON.stringify(entries) });
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}
