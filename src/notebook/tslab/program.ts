/** The notebook as one TypeScript program: a file for each cell that ran, and the files and packages they import. */
import { statSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { compilerOptions, type Decorators } from "./compiler-options.js";

/** Changes of files in packages are not looked for: there are hundreds, and they do not change while a notebook runs. */
const isPackageFile = (file: string): boolean => file.includes("/node_modules/");

/** Parsed sources, shared by all language services: the libraries are large. */
const parsedFiles = ts.createDocumentRegistry(true);

/** Counts over all notebooks: a file of the same name and version is taken for the same in `parsedFiles`. */
let lastVersion = 0;

/** Files that exist for the compiler only, over those on disk, and a language service on all of them. */
export class NotebookProgram {
  readonly folder: string;
  /** The file that the program starts from; others belong to it as far as they are imported. */
  readonly root: string;
  private readonly virtual = new Map<string, { text: string; version: number }>();
  private readonly services = new Map<Decorators, ts.LanguageService>();

  constructor(folder: string) {
    this.folder = folder.replaceAll("\\", "/");
    this.root = this.fileOf("__cell.ts"); // always the same: with other roots every import would be looked for again
    this.setFile(this.root, "export {};\n");
  }

  /** The path of a file of this name in the notebook's folder, as the compiler writes paths. */
  fileOf(name: string): string {
    return path.posix.join(this.folder, name);
  }

  /** Gives a file this text, and all that it imports is looked for again. */
  setFile(file: string, text: string): void {
    this.virtual.set(file, { text, version: ++lastVersion });
  }

  /** The text of a file that exists for the compiler only. */
  virtualText(file: string): string | undefined {
    return this.virtual.get(file)?.text;
  }

  service(decorators: Decorators): ts.LanguageService {
    const known = this.services.get(decorators);
    if (known) return known;
    const service = ts.createLanguageService(this.host(decorators), parsedFiles);
    this.services.set(decorators, service);
    return service;
  }

  program(decorators: Decorators): ts.Program {
    const program = this.service(decorators).getProgram();
    if (!program) throw new Error("TypeScript made no program of the notebook");
    return program;
  }

  /** This file and those that it imports, directly or through others; not declarations, nor what is in packages. */
  importedSources(program: ts.Program, file: string, isSkipped: (file: string) => boolean): ts.SourceFile[] {
    const found = new Map<string, ts.SourceFile>();
    const visit = (name: string): void => {
      const source = program.getSourceFile(name);
      if (!source || found.has(name) || source.isDeclarationFile || isPackageFile(name) || isSkipped(name)) return;
      found.set(name, source);
      for (const { fileName } of ts.preProcessFile(source.text, true, true).importedFiles) {
        const { resolvedModule } = ts.resolveModuleName(fileName, name, program.getCompilerOptions(), this.overlay);
        if (resolvedModule) visit(resolvedModule.resolvedFileName);
      }
    };
    visit(file);
    return [...found.values()];
  }

  private readonly overlay: ts.ModuleResolutionHost = {
    fileExists: (file) => this.virtual.has(file) || ts.sys.fileExists(file),
    readFile: (file) => this.virtual.get(file)?.text ?? ts.sys.readFile(file),
    directoryExists: (folder) => ts.sys.directoryExists(folder),
    getDirectories: (folder) => ts.sys.getDirectories(folder),
    realpath: (file) => (this.virtual.has(file) ? file : (ts.sys.realpath?.(file) ?? file)),
    getCurrentDirectory: () => this.folder,
    useCaseSensitiveFileNames: true,
  };

  private host(decorators: Decorators): ts.LanguageServiceHost {
    const settings = compilerOptions(this.folder, decorators);
    return {
      ...this.overlay,
      readFile: (file) => this.overlay.readFile(file),
      fileExists: (file) => this.overlay.fileExists(file),
      useCaseSensitiveFileNames: () => true,
      getCurrentDirectory: () => this.folder,
      getCompilationSettings: () => settings,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      getScriptFileNames: () => [this.root],
      getScriptVersion: (file) => this.versionOf(file),
      getScriptSnapshot: (file) => {
        const text = this.overlay.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
    };
  }

  private versionOf(file: string): string {
    const virtual = this.virtual.get(file);
    if (virtual) return String(virtual.version);
    if (isPackageFile(file)) return "package";
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat ? `${stat.mtimeMs}:${stat.size}` : "missing";
  }
}
