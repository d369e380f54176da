import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { readJson, writeJson } from "../../../src/base/files.js";
import { signalProcess } from "../../../src/notebook/kernel/processes.js";
import { within } from "../../../src/notebook/kernel/waiting.js";
import { atEnd, temporaryFolder, until } from "./sandbox.js";

export interface JupyterLab {
  /** The address of a notebook in the served folder, with the token that lets us in. */
  urlOf(notebook: string): string;
  /** Ends the server by SIGTERM, as a service manager does; true when that was enough. */
  stop(): Promise<boolean>;
}

export interface JupyterLabOptions {
  /** The Python that has JupyterLab. */
  python: string;
  /** The folder of notebooks that is served. */
  notebooks: string;
  /** Where the kernels are, as Jupyter's JUPYTER_PATH. */
  jupyterPath: string;
}

/** Serves notebooks on a free port of 127.0.0.1; everything that Jupyter reads and keeps lies in temporary folders. */
export async function startJupyterLab({ python, notebooks, jupyterPath }: JupyterLabOptions): Promise<JupyterLab> {
  const home = temporaryFolder("jupyter");
  const runtime = path.join(home, "runtime");
  const settings = path.join(home, "settings");
  const notifications = path.join(settings, "@jupyterlab", "apputils-extension", "notification.jupyterlab-settings");
  await writeJson(notifications, { fetchNews: "false", checkForUpdates: false });
  const args = ["--no-browser", "--allow-root", `--ServerApp.root_dir=${notebooks}`];
  args.push("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--LabApp.extension_manager=readonly");
  const server = spawn(python, ["-m", "jupyterlab", ...args], {
    detached: true, // the leader of a group, which can be ended whole
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      JUPYTER_PATH: jupyterPath,
      JUPYTER_CONFIG_DIR: path.join(home, "config"),
      JUPYTER_DATA_DIR: path.join(home, "data"),
      JUPYTER_RUNTIME_DIR: runtime,
      JUPYTERLAB_SETTINGS_DIR: settings,
      JUPYTERLAB_WORKSPACES_DIR: path.join(home, "workspaces"),
      IPYTHONDIR: path.join(home, "ipython"),
    },
  });
  let log = "";
  for (const output of [server.stdout, server.stderr])
    output.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-4000);
    });
  const ended = once(server, "exit").then(() => true);
  const stop = async (): Promise<boolean> => {
    server.kill("SIGTERM");
    const byItself = await within(20, ended);
    if (server.pid !== undefined) signalProcess(-server.pid, "SIGKILL");
    return byItself === true;
  };
  atEnd(stop);
  const { url, token } = await until(60, "JupyterLab to listen", () => {
    if (server.exitCode !== null) throw new Error(`JupyterLab ended with code ${server.exitCode}:\n${log}`);
    return addressIn(runtime);
  });
  return { urlOf: (notebook) => `${url}lab/tree/${notebook}?token=${token}`, stop };
}

/** Where a server listens, and the token it has made up, from the file that it writes for such as us. */
async function addressIn(runtime: string): Promise<{ url: string; token: string } | undefined> {
  const files = await readdir(runtime).catch(() => []);
  const name = files.find((file) => /^jpserver-\d+\.json$/.test(file));
  if (name === undefined) return undefined;
  const address = (await readJson(path.join(runtime, name))) as { url: string; token: string };
  const answer = await fetch(`${address.url}api/status?token=${address.token}`).catch(() => undefined);
  return answer?.ok ? address : undefined;
}
