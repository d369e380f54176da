/** What a machine does to a command: no place to write, nobody who reads its output, an old Node.js. */
import assert from "node:assert/strict";
import { type SpawnOptions, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { packageFolder } from "../../src/base/files.js";
import { endOf, snc } from "../helpers/command-line.js";
import { program } from "../helpers/paths.js";
import { writeResultSet } from "../helpers/result-sets.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-faults-"));
after(() => rmSync(root, { recursive: true }));
const at = (...names: string[]): string => path.join(root, ...names);

writeFileSync(at("file"), "the user's own");
symlinkSync("circle", at("circle"));
writeResultSet(at("results", "latest"));
writeResultSet(at("taken"));
mkdirSync(at("taken", "ro-crate-metadata.json"));
const empty = { SNC_CACHE: at("cache"), SNC_RESULTS: at("results") };

const isWindows = process.platform === "win32";
const snakemake = ["workflow", "snakemake", "--profile", "smoke", "--out"];
const check = ["inputs", "check"];
const noHome = { SNC_CACHE: "", XDG_CACHE_HOME: "", HOME: "not/absolute" };

const faults: [what: string, args: string[], env: NodeJS.ProcessEnv, says: RegExp][] = [
  ["a file above what is written", [...snakemake, at("file", "S")], {}, /file: found a file.*folder \(EEXIST\)/],
  ["a folder in its place", [...snakemake, root], {}, /: expected a file to write, found a folder/],
  ["a name that is too long", [...snakemake, at("x".repeat(300))], {}, /xxx: found a name that is too long/],
  ["braces in the results' path", [...snakemake, at("S")], { SNC_RESULTS: at("a{b}") }, /a\{b\}: expected .* braces/],
  ["a prefix that is a file", ["kernel", "install", "--prefix", at("file")], {}, /file.share.*\(ENOTDIR\)/],
  ["a cache that is a file", ["inputs", "fetch", "--only", "mail"], { SNC_CACHE: at("file") }, /SNC_CACHE/],
  ["a cache that is a circle of links", check, { SNC_CACHE: at("circle") }, /circle.*\(ELOOP\)\. Make the link again/],
  ["a folder in the place of a crate", ["export", "ro-crate", at("taken")], {}, /metadata\.json: expected a file/],
];
if (!isWindows) faults.push(["no home", check, noHome, /^HOME: expected the user's folder, found not.absolute\. Set/]);

for (const [what, args, env, says] of faults)
  test(`snc ${args.slice(0, 2).join(" ")}, ${what}: exit code 6, the path and what to do`, async () => {
    const { code, stderr } = await snc(args, { ...empty, ...env });
    assert.equal(code, 6, stderr);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n\s+at |internal error/, "no stack");
    assert.equal(readFileSync(at("file"), "utf8"), "the user's own");
  });

test("doctor goes on to the end where the cache cannot be used, and says so in its row", async () => {
  const { code, stdout } = await snc(["doctor"], { ...empty, SNC_CACHE: at("file") });
  assert.equal(code, 6);
  assert.match(stdout, /^missing +cache +.*file: found a file.*SNC_CACHE names another folder$/m);
  assert.match(stdout, /^ok +Node\.js/m);
});

/** Starts a command of `snc`, to be read, or not, as the test will. */
const start = (args: string[], options: SpawnOptions = {}) =>
  spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
    env: { ...process.env, ...empty, GITHUB_ACTIONS: "", GITHUB_STEP_SUMMARY: "", ...options.env },
  });

test("a full disk, here a limit on the size of files: exit code 6, nothing half-written", {
  skip: isWindows,
}, async () => {
  const limited = spawn(
    "sh",
    ["-c", 'ulimit -f 2; exec "$@"', "sh", process.execPath, program, ...snakemake, at("S")],
    {
      env: { ...process.env, ...empty },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const { code, stderr } = await endOf(limited);
  assert.equal(code, 6, stderr);
  assert.match(stderr, /experiments\/smoke-\w+\.json: found a limit on the size of files \(EFBIG\)\. Raise it/);
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith("S")),
    [],
  );
});

for (const args of [["--help"], ["train", "--help"], ["report", "--help"], ["status"], ["diff", "latest", "latest"]])
  test(`snc ${args.join(" ")} whose reader has gone ends with 141, as SIGPIPE would, and without a word`, async () => {
    const child = start(args);
    child.stdout?.destroy();
    const { code, stderr } = await endOf(child);
    assert.equal(code, 141, stderr);
    assert.doesNotMatch(stderr, /error|EPIPE|\n\s+at /i);
  });

test("progress that nobody reads changes neither the result nor the exit code", async () => {
  const heard = await endOf(start(["status"]));
  assert.match(heard.stderr, /the newest/, "it says something there");
  const child = start(["status"]);
  child.stderr?.destroy();
  const unheard = await endOf(child);
  assert.deepEqual([unheard.code, unheard.stdout], [heard.code, heard.stdout]);
  const failing = start(["inputs", "check"]);
  failing.stderr?.destroy();
  assert.equal((await endOf(failing)).code, 5, "the code says what standard error cannot");
});

const full = "/dev/full";
test("standard output on a full disk: exit code 6, not a stack", { skip: !existsSync(full) }, async () => {
  for (const args of [["--help"], ["status"]]) {
    const output = openSync(full, "w");
    const { code, stderr } = await endOf(start(args, { stdio: ["ignore", output, "pipe"] }));
    closeSync(output);
    assert.equal(code, 6, stderr);
    assert.match(stderr, /standard output: expected to write to it, found ENOSPC/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

/** A script that the command's process runs before anything else. */
function preloaded(name: string, script: string): string[] {
  writeFileSync(at(name), script);
  return ["--require", at(name)];
}

const runWith = (preload: string[], ...args: string[]) =>
  endOf(
    spawn(process.execPath, [...preload, program, ...args], {
      env: { ...process.env, ...empty },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );

test("what is thrown outside the command's own promise ends with 70 or 6, never with 1, which is a claim's", async () => {
  const mistake = preloaded("mistake.cjs", "setTimeout(() => { throw new TypeError('stray'); }, 1);");
  const { code, stderr } = await runWith(mistake, "status");
  assert.equal(code, 70, stderr);
  assert.match(stderr, /internal error, please report it: TypeError: stray\n\s+at /);
  const fault = preloaded("fault.cjs", `require("fs").createWriteStream(${JSON.stringify(root)});`);
  const machine = await runWith(fault, "status");
  assert.equal(machine.code, 6, machine.stderr);
  assert.match(machine.stderr, /: found a folder where a file belongs \(EISDIR\)/);
});

/** A script that makes this Node.js call itself another version. */
const ofVersion = (version: string): string[] =>
  preloaded(
    `node-${version}.cjs`,
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
  );

test("an old Node.js is told which is needed and which was found, and nothing else runs", async () => {
  for (const version of ["12.22.12", "14.21.3", "16.20.2", "18.20.8", "20.18.3", "21.7.3", "22.11.0"]) {
    const { code, stdout, stderr } = await runWith(ofVersion(version), "--help");
    assert.equal(code, 6, `${version}: ${stderr}`);
    assert.equal(stdout, "");
    assert.ok(
      stderr.startsWith(`Node.js: expected 20.19 or newer of 20, or 22.12 or newer, found ${version} (`),
      stderr,
    );
  }
  for (const version of ["20.19.0", "22.12.0", "24.0.0"])
    assert.equal((await runWith(ofVersion(version), "--help")).code, 0, version);
});

test("the check of Node.js comes before all else, in words that every Node.js can read", () => {
  const inPackage = (name: string): string => readFileSync(path.join(packageFolder, name), "utf8");
  const [first] = /require\("[^"]+"\)/.exec(inPackage("dist/cli/main.js")) ?? [];
  assert.equal(first, 'require("../../scripts/need-node.cjs")');
  const code = inPackage("scripts/need-node.cjs").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  assert.doesNotMatch(code, /=>|`|\?\.|\?\?|\b(const|let|class|async|import)\b|\.\.\.|"node:/);
  const { scripts } = JSON.parse(inPackage("package.json")) as { scripts: Record<string, string> };
  for (const [name, command] of Object.entries(scripts)) {
    const script = command.startsWith("scripts/") ? inPackage(command) : command;
    if (name !== "format") assert.match(script, /^node scripts\/need-node\.cjs|^scripts\/setup$/m, `npm run ${name}`);
  }
  assert.match(inPackage("scripts/setup"), /^node scripts\/need-node\.cjs$/m);
  assert.match(inPackage("reproduce.sh"), /scripts\/setup"\n/);
});
