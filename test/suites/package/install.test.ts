/** The tarball in an empty project: installed, imported, type-checked, set up, and its notebooks run. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { before, type TestContext, test } from "node:test";
import { cacheWith, nativeFiles, wantedBackend } from "../../../src/backend/native-files.js";
import { findCompiler } from "../../../src/backend/setup.js";
import { packageFolder } from "../../../src/base/files.js";
import type { CodeCell } from "../../../src/notebook/run/document.js";
import { readNotebook } from "../../../src/notebook/run/document.js";
import { emptyProject, listing, type Project, pack, temporary } from "./project.js";

const { dependencies } = require(path.join(packageFolder, "package.json"));
const name = "selective-neural-competition";

let project: Project;
/** What lay in the package's folder after its installation. */
let asInstalled: string[];

before(async () => {
  const tarball = await pack();
  project = emptyProject("project");
  await project.npm("install", "--ignore-scripts=false", tarball, `typescript@${dependencies.typescript}`);
  asInstalled = listing(project.installed);
});

/** The environment of a machine on which nothing has been set up. */
const bare = { SNC_CACHE: temporary("bare"), XDG_CACHE_HOME: temporary("bare-user") };

const page = readFileSync(path.join(packageFolder, "docs", "library.md"), "utf8");
/** A file that docs/library.md shows in full. */
function shown(file: string): string {
  const [, code] = new RegExp(`^// ${file}\\n([\\s\\S]*?)^\`\`\``, "m").exec(page) ?? [];
  assert.ok(code, `${file} is not in docs/library.md`);
  return code;
}

test("no package that comes along has an install script that needs a download", () => {
  const { packages } = JSON.parse(readFileSync(path.join(project.folder, "package-lock.json"), "utf8"));
  const withScript = Object.keys(packages).filter((place) => packages[place].hasInstallScript);
  // core-js prints a message; zeromq takes the build that its tarball has.
  assert.deepEqual(withScript.sort(), ["node_modules/core-js", "node_modules/zeromq"]);
});

test("the project's own tsc stays its own", () => {
  const owner = realpathSync(path.join(project.folder, "node_modules", ".bin", "tsc"));
  assert.equal(path.relative(project.folder, owner), path.join("node_modules", "typescript", "bin", "tsc"));
});

test("require and import give the same names; what is not exported is refused", async () => {
  project.write("names.cjs", `console.log(JSON.stringify(Object.keys(require("${name}")).sort()))`);
  const namespace = `import * as snc from "${name}"; import { run } from "${name}";\n`;
  const names = `Object.keys(snc).filter((key) => !["default", "module.exports", "__esModule"].includes(key)).sort()`;
  project.write("names.mjs", `${namespace}if (run !== snc.run) throw 1; console.log(JSON.stringify(${names}));`);
  const [required, imported] = [await project.run("node", ["names.cjs"]), await project.run("node", ["names.mjs"])];
  assert.equal(imported.code, 0, imported.stderr);
  assert.deepEqual(JSON.parse(imported.stdout), JSON.parse(required.stdout));
  assert.ok(JSON.parse(required.stdout).includes("openExperiment"));
  project.write("inside.cjs", `require("${name}/package.json"); require("${name}/dist/train.js")`);
  assert.match((await project.run("node", ["inside.cjs"])).stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED.*\n?.*dist\/train/);
});

for (const [module, resolution] of [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["preserve", "bundler"],
])
  test(`TypeScript, strict and without skipLibCheck: types are found from both kinds of module (${resolution})`, async () => {
    const wrong = 'import { run } from "selective-neural-competition";\nexport const wrong: string = run(7);\n';
    for (const file of ["first.mts", "first.cts"]) project.write(file, shown("first.ts"));
    for (const file of ["wrong.mts", "wrong.cts"]) project.write(file, wrong);
    const options = [
      "--noEmit",
      "--strict",
      "--target",
      "es2022",
      "--module",
      module,
      "--moduleResolution",
      resolution,
    ];
    const files = ["first.mts", "first.cts", "wrong.mts", "wrong.cts"];
    const { stdout } = await project.run("tsc", [...options, ...files]);
    const errors = stdout.split("\n").filter((line) => line.includes("error"));
    const told = errors.map((line) => /^(\w+\.\w+)\(2,14\): error TS2322: /.exec(line)?.[1] ?? line);
    assert.deepEqual(told.sort(), ["wrong.cts", "wrong.mts"]);
  });

test("the page's first scripts run; results lie in the working directory", async () => {
  project.write("first.cjs", shown("first.cjs"));
  const cjs = await project.run("node", ["first.cjs"]);
  assert.match(cjs.stdout, /winnerTakesAll/, cjs.stderr);
  project.write("first.mjs", shown("first.mjs"));
  const mjs = await project.run("node", ["first.mjs"]);
  assert.equal(mjs.code, 0, mjs.stderr);
  const folder = /\S+$/m.exec(mjs.stdout)![0];
  const results = path.join(realpathSync(project.folder), "results");
  assert.match(path.relative(results, folder), /^smoke-[0-9a-f]{8}.runs.layer-6.run-0.seed-42$/);
  assert.match(mjs.stdout, /reconstructionError: 0\.\d+/);
});

test("the README's program compiles, runs, and prints what the README says", async () => {
  const readme = readFileSync(path.join(packageFolder, "README.md"), "utf8");
  const [, code, printed] = /```ts\n(import[\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(readme) ?? [];
  project.write("readme.mts", code);
  const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext"];
  const compiled = await project.run("tsc", [...options, "readme.mts"]);
  assert.equal(compiled.code, 0, compiled.stdout);
  const { stdout, stderr } = await project.run("node", ["readme.mjs"]);
  const words = (text: string): string => text.replaceAll(/\d+(\.\d+)?/g, "#");
  const numbers = (text: string): number[] => (text.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  assert.equal(words(stdout), words(printed), stderr);
  for (const [i, number] of numbers(stdout).entries())
    assert.ok(Math.abs(number - numbers(printed)[i]) <= 0.02 * number, stdout); // kernels differ by rounding
});

const choose = `const snc = require("${name}");
Promise.all([snc.chooseBackend(), snc.chooseBackend()]).then(([backend]) => console.log(backend.name));`;

test("without set-up WebAssembly computes, says so once, with its cost and the command that mends it", async () => {
  project.write("choose.cjs", choose);
  const { stdout, stderr } = await project.run("node", ["choose.cjs"], bare);
  assert.equal(stdout.trim(), "wasm");
  assert.equal(stderr.match(/WARNING/g)?.length, 1, stderr);
  assert.match(stderr, /slower than native TensorFlow.*\n.*npx snc setup/);
  const asked = await project.run("node", ["choose.cjs"], { ...bare, SNC_BACKEND: "wasm" });
  assert.deepEqual([asked.stdout.trim(), asked.stderr], ["wasm", ""], "who asks for it is not warned");
});

/** Writes a notebook with these cells. */
function writeNotebook(file: string, ...cells: string[]): void {
  mkdirSync(path.dirname(path.join(project.folder, file)), { recursive: true });
  const code = cells.map((source, i) => ({
    cell_type: "code",
    id: `cell-${i}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const metadata = { kernelspec: { name: "snc-tslab", display_name: "TypeScript", language: "typescript" } };
  project.write(file, JSON.stringify({ cells: code, metadata, nbformat: 4, nbformat_minor: 5 }));
}

/** What the cells of an executed copy wrote, by stream. */
async function written(copy: string, stream: "stdout" | "stderr"): Promise<string> {
  const { cells } = await readNotebook(path.join(project.folder, copy));
  const outputs = cells.filter((cell): cell is CodeCell => cell.cell_type === "code").flatMap((cell) => cell.outputs);
  return outputs
    .flatMap((output) => (output.output_type === "stream" && output.name === stream ? output.text : []))
    .join("");
}

test("a notebook of the project imports the package; its results lie with the project's, and the warning below its cell", async () => {
  const asks = 'const opened = await snc.openExperiment({ profile: "smoke" });\nconsole.log(opened.resultSet.folder);';
  writeNotebook("notebooks/mine.ipynb", `import * as snc from "${name}";`, asks);
  const ended = await project.run("snc", ["run", "notebooks/mine.ipynb"], bare);
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  const copy = "results/notebooks/mine.ipynb";
  const results = path.join(realpathSync(project.folder), "results");
  assert.equal(path.dirname((await written(copy, "stdout")).trim()), results);
  assert.match(await written(copy, "stderr"), /WARNING.*slower than native TensorFlow/);
});

test("the package's notebook of Run 0 runs in the project", async () => {
  const notebook = path.join("node_modules", name, "notebooks", "run-0-baseline.ipynb");
  const ended = await project.run("snc", ["run", notebook, "--param", "profile=smoke"]);
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assert.match(
    await written("results/notebooks/run-0-baseline.ipynb", "stdout"),
    /loss by hand (\d\.\d{6}), by trainStep \1/,
  );
});

test("snc lab opens copies of the package's notebooks, and the project's own as they are; kernels are told where results lie", async () => {
  const bin = temporary("bin");
  mkdirSync(bin);
  writeFileSync(path.join(bin, "jupyter"), '#!/bin/sh\necho "$3 $SNC_RESULTS"\n');
  chmodSync(path.join(bin, "jupyter"), 0o755);
  const env = { PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  const folder = realpathSync(project.folder);
  const results = path.join(folder, "results");
  const opened = async (...args: string[]) =>
    (await project.run("snc", ["lab", ...args], env)).stdout.trim().split("\n").at(-1);
  assert.equal(await opened(), `${path.join(results, "work", "notebooks")} ${results}`);
  assert.ok(existsSync(path.join(results, "work", "notebooks", "run-0-baseline.ipynb")));
  assert.equal(await opened("notebooks"), `${path.join(folder, "notebooks")} ${results}`);
});

/** A cache in which libtensorflow lies, where this machine has it: its download is tested by whoever sets up this machine. */
function cacheWithLibrary(name: string): { SNC_CACHE: string; XDG_CACHE_HOME: string } {
  const env = { SNC_CACHE: temporary(name), XDG_CACHE_HOME: temporary(`${name}-user`) };
  const source = cacheWith("cpu");
  if (source) {
    const to = nativeFiles(env.SNC_CACHE, "cpu").library;
    mkdirSync(path.dirname(to), { recursive: true });
    symlinkSync(nativeFiles(source, "cpu").library, to);
  }
  return { ...env };
}

async function withoutSetup(t: TestContext): Promise<boolean> {
  const reason =
    wantedBackend() === "native"
      ? await findCompiler().then(
          () => undefined,
          (error) => error.message,
        )
      : "not set up by compiling here";
  if (reason) t.skip(reason);
  return reason !== undefined;
}

/** A compiler that runs this shell code before g++, and quickly, because what it makes is not timed. */
function compiler(name: string, code: string): string {
  const file = temporary(name);
  writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && exec g++ --version\n${code}\nexec g++ "$@" -O0\n`);
  chmodSync(file, 0o755);
  return file;
}

const setUp = { ...cacheWithLibrary("set-up"), SNC_TENSORFLOW: "cpu" };

test("snc setup stopped by Ctrl-C leaves no half of anything", async (t) => {
  if (await withoutSetup(t)) return;
  const mark = temporary("compiling");
  const child = project.start("snc", ["setup"], { ...setUp, CXX: compiler("slow", `: > ${mark}; exec sleep 60`) });
  const ended = once(child, "exit");
  while (!existsSync(mark) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill("SIGINT");
  assert.deepEqual(await ended, [130, null]);
  const left = readdirSync(setUp.SNC_CACHE, { recursive: true, encoding: "utf8" });
  assert.deepEqual(
    left.filter((file) => !file.startsWith("tfjs-node") && /\.node|partial|tmp|download/.test(file)),
    [],
  );
  const { stdout } = await project.run("node", ["choose.cjs"], setUp);
  assert.equal(stdout.trim(), "wasm", "what is not complete is not taken");
});

test("called again, it goes on and brings native TensorFlow; that survives npm ci", async (t) => {
  if (await withoutSetup(t)) return;
  const env = { ...setUp, CXX: compiler("quick", "") };
  const first = await project.run("snc", ["setup"], env);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^native 2\.18\.1 on cpu, own kernels: x86-64-v\d [0-9a-f]{12}$/m);
  assert.match(first.stderr, /^native TensorFlow: compiling the addon.*\n.*compiling the kernels.*\n$/);
  const again = await project.run("snc", ["setup"], env);
  assert.deepEqual([again.stdout, again.stderr], [first.stdout, ""], "a call after that does nothing");
  assert.deepEqual(listing(project.installed), asInstalled, "nothing was written into node_modules, by no test so far");

  await project.npm("ci", "--ignore-scripts");
  const { code, stdout, stderr } = await project.run("snc", ["doctor", "--format", "json"], env);
  assert.equal(code, 0, stderr);
  const checks: { name: string; state: string; found: string }[] = JSON.parse(stdout);
  const backend = checks.find((check) => check.name === "backend")!;
  assert.match(`${backend.state}: ${backend.found}`, /^ok: native 2\.18\.1 on cpu, own kernels: x86/);
  assert.equal(stderr, "", "what is set up is no reason to warn");
});

test("snc setup --help says what comes, what it needs and where it goes; without a compiler it fails and says what to install", async () => {
  const help = (await project.run("snc", ["setup", "--help"])).stdout;
  for (const said of [/230 MB/, /C\+\+ compiler/, /npm ci/, /SNC_TENSORFLOW=cpu snc setup/, /Ctrl-C/])
    assert.match(help, said);
  if (wantedBackend() !== "native") return;
  const ended = await project.run("snc", ["setup"], { ...bare, CXX: "no-such-compiler" });
  assert.equal(ended.code, 6);
  assert.match(ended.stderr, /^no C\+\+ compiler .*apt-get install g\+\+/);
});
