/** What is in the packed tarball, and what its texts promise. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import * as tar from "tar";
import { protobuf, tfjsNode } from "../../../src/backend/native-files.js";
import { packageFolder } from "../../../src/base/files.js";
import { pack, temporary } from "./project.js";

const content = temporary("content");
const files = new Set<string>();
let tarball: string;
before(async () => {
  mkdirSync(content);
  tarball = await pack();
  await tar.x({ file: tarball, cwd: content, strip: 1 });
  for (const entry of readdirSync(content, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      files.add(path.relative(content, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
});

const read = (file: string): string => readFileSync(path.join(content, file), "utf8");
const texts = (): string[] => [...files].filter((file) => file.endsWith(".md"));

/** The links of a Markdown text that lead to no other host, outside of code. */
const linksIn = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```|`[^`\n]*`/gm, "").matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** The anchors of a Markdown text, as code hosts make them of its headings. */
const anchorsIn = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

test("the tarball has the documents, the licence, the notebooks, and what the program reads", () => {
  const needed = ["README.md", "CHANGELOG.md", "LICENSE", "CITATION.cff", "docs/library.md", "docs/readings.md"];
  needed.push(
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "scripts/need-node.cjs",
    "assets/report/text.css",
  );
  needed.push("data-manifests/claims.json", "notebooks/run-0-baseline.ipynb", "src/backend/kernels/addon.cc");
  assert.deepEqual(
    needed.filter((file) => !files.has(file)),
    [],
  );
  assert.deepEqual(
    [...files].filter((file) => /tsbuildinfo|\.map$|^test\/|^scripts\/(?!need-node)|\.tgz$|^results\//.test(file)),
    [],
  );
});

test("the tarball is as small as docs/artefact.md says, and has the folders that it names", () => {
  const page = read("docs/artefact.md");
  const limit = Number(/^\| packed \| `(\S+) MB` at most/m.exec(page)?.[1]) * 1e6;
  assert.ok(statSync(tarball).size <= limit, `${statSync(tarball).size} bytes, at most ${limit} expected`);
  const folders = new Set([...files].filter((file) => file.includes("/")).map((file) => file.split("/")[0]));
  for (const folder of folders) assert.match(page, new RegExp(`^\\| \`${folder}/`, "m"));
});

test("every relative link of its texts leads to a file in it, and every anchor to a heading", () => {
  assert.ok(texts().length >= 10);
  let count = 0;
  for (const file of texts())
    for (const link of linksIn(read(file))) {
      count++;
      const [target, anchor] = link.split("#");
      const linked = target === "" ? file : path.posix.join(path.posix.dirname(file), target);
      assert.ok(files.has(linked), `${file}: ${link}`);
      if (anchor !== undefined) assert.ok(anchorsIn(read(linked)).includes(anchor), `${file}: ${link}`);
    }
  assert.ok(count > 20, `${count} links were found`);
});

test("the README links to the page on use as a library", () => {
  assert.ok(linksIn(read("README.md")).some((link) => link.startsWith("docs/library.md")));
});

test("exports name files of the tarball, and package.json", () => {
  const { exports, main, types, bin } = JSON.parse(read("package.json"));
  const named: string[] = [main, types, bin.snc, exports["./package.json"], ...Object.values<string>(exports["."])];
  for (const file of named) assert.ok(files.has(path.posix.normalize(file)), file);
  assert.equal(Object.keys(exports["."])[0], "types", "TypeScript takes the first condition that fits");
});

test("what set-up fetches is of the tfjs that package.json pins, each with its hash", () => {
  const { dependencies } = JSON.parse(read("package.json"));
  for (const name of ["tfjs", "tfjs-core", "tfjs-backend-wasm"])
    assert.equal(dependencies[`@tensorflow/${name}`], tfjsNode.version);
  for (const { integrity } of [tfjsNode, protobuf]) assert.match(integrity, /^sha512-[\w+/]{86}==$/);
});

test("package-lock.json is of this package.json", () => {
  const own = JSON.parse(readFileSync(path.join(packageFolder, "package-lock.json"), "utf8")).packages[""];
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  assert.deepEqual(own.dependencies, dependencies);
  assert.deepEqual(own.devDependencies, devDependencies);
});
