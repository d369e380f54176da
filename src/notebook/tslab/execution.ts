import path from "node:path";
import vm from "node:vm";
import { CellCompiler } from "./cell-compiler.js";
import type { CompiledMaps, Diagnostic } from "./compiled.js";
import { getCodeMetadata } from "./compiler.js";
import { Interruptible } from "./interruptible.js";
import { createLoader, type ModuleLoader } from "./load-module.js";
import { createServices, createVariables } from "./notebook-scope.js";
import { NotebookProgram } from "./program.js";
import { traceModules } from "./traceback.js";
import { TypeScriptModules } from "./typescript-modules.js";

/** How a cell ended, if it did not throw: with the value of its last statement, or as one that does not compile. */
export type Executed = { value: unknown; diagnostics?: undefined } | { diagnostics: Diagnostic[] };

/** What the script of the cell that is about to run finds. */
const callSymbol = Symbol.for("selective-neural-competition.cell");
const holder = globalThis as { [callSymbol]?: { interruptible: Interruptible; arguments: unknown[] } };

/** Compiles and runs the cells of one notebook, all with the same variables. */
export class NotebookExecution {
  readonly compiler: CellCompiler;
  private readonly variables = createVariables();
  private readonly modules: TypeScriptModules;
  private readonly loader: ModuleLoader;

  constructor(
    private readonly folder: string,
    private readonly interruptible: Interruptible = new Interruptible(),
  ) {
    const program = new NotebookProgram(folder);
    this.modules = new TypeScriptModules((file) => program.virtualText(file.replaceAll(path.sep, "/")));
    this.modules.install();
    traceModules(this.modules);
    this.loader = createLoader(folder);
    this.compiler = new CellCompiler(program);
  }

  /** Runs a cell under this name, which its stacks have; `onMaps` is told the way back from them before it starts. */
  async execute(
    code: string,
    filename: string,
    onMaps: (maps: CompiledMaps, shift: number) => void,
  ): Promise<Executed> {
    const { module, jsx } = getCodeMetadata(code);
    if (module) {
      const diagnostics = this.compiler.addModule(`${module}${jsx ? ".tsx" : ".ts"}`, code);
      return diagnostics.length > 0 ? { diagnostics } : { value: undefined };
    }
    const { cell, diagnostics } = this.compiler.compile(code);
    if (!cell) return { diagnostics };
    this.modules.decorators = cell.decorators;
    this.modules.forgetChanged();
    const call = `globalThis[Symbol.for(${JSON.stringify(callSymbol.description)})]`;
    const parameters = `${cell.names.variables}, ${cell.names.services}, require`;
    const start = `${call}.interruptible.enter(); try { (async function (${parameters}) { "use strict"; `;
    const end = `\n})(...${call}.arguments) } finally { ${call}.interruptible.leave() }`;
    onMaps(cell.maps, start.length);
    const services = createServices(this.folder, this.variables, this.loader);
    const { interruptible, variables } = this;
    holder[callSymbol] = { interruptible, arguments: [variables, services, this.loader.require] };
    await this.runInterruptibly(start + cell.code + end, filename);
    return { value: services.result };
  }

  /** Runs a script that calls its cell itself: an interrupt can end JavaScript only while a script runs. */
  private runInterruptibly(script: string, filename: string): unknown {
    try {
      return vm.runInThisContext(script, { filename, breakOnSigint: true });
    } finally {
      this.interruptible.left();
    }
  }
}
