import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { packageFolder } from "../../src/base/files.js";
import { mutate } from "./mutate.js";
import { reachingTests } from "./reach.js";

const made = mkdtempSync(path.join(tmpdir(), "snc-slips-"));
after(() => rmSync(made, { recursive: true }));
const [root, temporary] = ["package", "temporary"].map((name) => path.join(made, name));
for (const folder of [root, temporary]) mkdirSync(folder);
process.env.TMPDIR = temporary;

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

const tiny = `
export const isLarge = (n: number): boolean => n > 10;
export function count(n: number): number {
  let steps = 0;
  for (let i = n; i !== 0; i--) steps++;
  return steps;
}
export const label = (part: "one" | "two", name?: string): string => name ?? part;
`;
write("src/tiny/tiny.ts", tiny);
write("src/other/uses.ts", 'import { isLarge } from "../tiny/tiny.js";\nexport const uses = isLarge(11);\n');
write("src/other/types.ts", 'import type { isLarge } from "../tiny/tiny.js";\nexport type Kind = typeof isLarge;\n');
const testOf = (from: string, body: string): string =>
  `import assert from "node:assert/strict";\nimport { test } from "node:test";\n${from}\ntest("made up", () => {\n${body}\n});\n`;
const fromTiny = 'import { count, isLarge } from "../../src/tiny/tiny.js";';
write(
  "test/tiny/tiny.test.ts",
  testOf(
    fromTiny,
    "assert.equal(isLarge(12), true);\nassert.equal(count(3) - count(0), 3);\nassert.equal(count(0), 0);",
  ),
);
write(
  "test/other/uses.test.ts",
  testOf('import { uses } from "../../src/other/uses.js";', "assert.equal(uses, true);"),
);
write(
  "test/other/types.test.ts",
  testOf('import type { Kind } from "../../src/other/types.js";', "assert.ok(1 as unknown as Kind);"),
);
write("test/other/broken.test.ts", testOf('import "../../src/tiny/tiny.js";', "assert.fail();"));
write("test/mutate/own.test.ts", testOf(fromTiny, "assert.equal(isLarge(10), false);"));
write("test/suites/slow/slow.test.ts", testOf(fromTiny, "assert.equal(isLarge(10), false);"));
write(
  "tsconfig.json",
  JSON.stringify({ compilerOptions: { strict: true, module: "node20", types: [] }, include: ["src"] }),
);
write("package.json", "{}");
symlinkSync(path.join(packageFolder, "node_modules"), path.join(root, "node_modules"), "dir");

const copies = (): string[] => readdirSync(temporary).filter((name) => name.startsWith("snc-mutate-"));

test("the tests that reach a file: its mirror first, then the nearest; types do not count", () => {
  const tests = [
    "test/other/types.test.ts",
    "test/other/uses.test.ts",
    "test/other/broken.test.ts",
    "test/tiny/tiny.test.ts",
  ];
  assert.deepEqual(reachingTests(root, tests)("src/tiny/tiny.ts"), [
    "test/tiny/tiny.test.ts",
    "test/other/broken.test.ts",
    "test/other/uses.test.ts",
  ]);
});

test("slips that a quick test reaches are killed, a loop too; those that it does not are survivors, with their lines", async () => {
  const told: number[] = [];
  const { planted, survivors, leftOut } = await mutate({
    ...{ root, folder: "tiny", sample: Number.POSITIVE_INFINITY, seed: 1, jobs: 2, slowestSeconds: 60 },
    onSurvivor: ({ line }) => told.push(line),
  });
  // The compiler refuses the default dropped: a name may be undefined.
  assert.deepEqual(survivors.map(({ line, before, after }) => `${line} ${before} ${after}`).sort(), [
    "2 10 9",
    "2 > >=",
  ]);
  assert.deepEqual(told.sort(), [2, 2]);
  assert.deepEqual(leftOut, ["test/other/broken.test.ts fails"]);
  assert.equal(planted, 7);
  assert.deepEqual(copies(), []);
  assert.equal(readFileSync(path.join(root, "src/tiny/tiny.ts"), "utf8"), tiny);
});

test("Ctrl-C ends the test that runs and leaves neither a copy nor a change", async () => {
  const looping = path.join(made, "looping");
  cpSync(root, looping, { recursive: true, filter: (file) => !file.includes(`${path.sep}test${path.sep}`) });
  mkdirSync(path.join(looping, "test", "tiny"), { recursive: true });
  const started = JSON.stringify(path.join(temporary, "started"));
  const body = `require("node:fs").writeFileSync(${started}, "");\nfor (const end = Date.now() + 60_000; Date.now() < end; );`;
  writeFileSync(path.join(looping, "test/tiny/tiny.test.ts"), testOf(fromTiny, body));
  const options = { root: looping, folder: "tiny", sample: 1, seed: 0, jobs: 1, slowestSeconds: 600 };
  const runner = path.join(packageFolder, "test", "mutate", "mutate.ts");
  const ended = new AbortController();
  const written = watch(temporary, { signal: ended.signal });
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "-e", `require(${JSON.stringify(runner)}).mutate(${JSON.stringify(options)})`],
    { cwd: packageFolder, stdio: "ignore" },
  );
  child.once("exit", () => ended.abort());
  for await (const { filename } of written) if (filename === "started") break;
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  assert.equal(code, 130);
  assert.deepEqual(copies(), []);
  assert.equal(readFileSync(path.join(looping, "src/tiny/tiny.ts"), "utf8"), tiny);
});

test("a sample is the same for the same seed, and a folder that is not there is refused", async () => {
  const options = { root, folder: "other", sample: 1, jobs: 1, slowestSeconds: 60 };
  const survivorsOf = async (seed: number) => (await mutate({ ...options, seed })).survivors;
  assert.deepEqual(await survivorsOf(3), await survivorsOf(3));
  await assert.rejects(
    mutate({ ...options, seed: 0, folder: "absent" }),
    /expected a folder below src\/, found "absent"/,
  );
});
