import type { Argv, CommandModule } from "yargs";
import type { KernelLocation } from "../notebook/kernel/kernelspec.js";
import { type GlobalOptions, printResult } from "./options.js";

interface KernelArguments extends GlobalOptions {
  action: "install" | "uninstall";
  user?: boolean;
  "sys-prefix"?: boolean;
  prefix?: string;
}

/** `snc kernel install|uninstall`: makes the notebooks' kernel known to Jupyter. */
export const kernelCommand: CommandModule<GlobalOptions, KernelArguments> = {
  command: "kernel <action>",
  describe: "make the notebooks' TypeScript kernel known to Jupyter, or remove it",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("action", { choices: ["install", "uninstall"] as const, demandOption: true })
      .option("user", { type: "boolean", describe: "in the user's Jupyter folder (the default)" })
      .option("sys-prefix", { type: "boolean", describe: "in the active Python environment" })
      .option("prefix", { type: "string", requiresArg: true, describe: "in PREFIX/share/jupyter/kernels" })
      .conflicts({ user: ["sys-prefix", "prefix"], "sys-prefix": "prefix" })
      .example("snc kernel install", "then choose “TypeScript (selective-neural-competition)” in JupyterLab"),
  async handler(argv) {
    const { installKernel, uninstallKernel, kernelspecName } = await import("../notebook/kernel/kernelspec.js");
    const location = locationOf(argv);
    const folder = argv.action === "install" ? await installKernel(location) : await uninstallKernel(location);
    const done = argv.action === "install" ? "installed" : "removed";
    printResult(argv, { kernel: kernelspecName, action: argv.action, folder }, () =>
      folder ? `${kernelspecName}: ${done}: ${folder}` : `${kernelspecName}: was not installed there`,
    );
  },
};

function locationOf(argv: Pick<KernelArguments, "sys-prefix" | "prefix">): KernelLocation {
  if (argv.prefix !== undefined) return { kind: "prefix", folder: argv.prefix };
  return argv["sys-prefix"] ? { kind: "sysPrefix" } : { kind: "user" };
}
