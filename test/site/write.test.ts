import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { JSDOM } from "jsdom";
import { sha256 } from "../../src/base/files.js";
import * as library from "../../src/index.js";
import { writeSite } from "../../src/site/write.js";
import { writeMadeUpSite } from "../helpers/made-up-site.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-site-"));
after(() => rmSync(root, { recursive: true }));
const set = path.join(root, "set");
const site = path.join(set, "site");
const pages = new Map<string, Document>();

before(async () => {
  await writeSite(await writeMadeUpSite(set));
  for (const file of filesOf(site).filter((name) => name.endsWith(".html")))
    pages.set(file, new JSDOM(readFileSync(path.join(site, file), "utf8")).window.document);
});

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

/** Pages of features bring their own frame; all others are the site's. */
const framed = (): [string, Document][] => [...pages].filter(([file]) => !file.startsWith("features/"));
const page = (file: string): Document => pages.get(file) ?? assert.fail(`no page ${file}`);

test("every link, image, style and script of every page leads to a file of the site, and to an anchor that is there", () => {
  let checked = 0;
  for (const [file, document] of pages)
    for (const element of document.querySelectorAll("[href], [src]")) {
      const way = element.getAttribute("href") ?? element.getAttribute("src")!;
      if (/^(?:https?:|data:|mailto:)/.test(way)) continue;
      const [target, anchor] = way.split("#");
      const there = target === "" ? file : path.join(path.dirname(file), decodeURIComponent(target));
      assert.ok(existsSync(path.join(site, there)), `${file}: ${way}`);
      const isFeature = there.startsWith("features/");
      if (anchor !== undefined && !isFeature)
        assert.ok(page(there).getElementById(decodeURIComponent(anchor)), `${file}: ${way}`);
      checked++;
    }
  assert.ok(checked > 1000, `${checked} links`);
});

test("an anchor stands once on a page", () => {
  for (const [file, document] of framed()) {
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    assert.deepEqual(
      ids.filter((id, i) => ids.indexOf(id) !== i),
      [],
      file,
    );
  }
});

test("every place that the search finds is there", () => {
  const text = readFileSync(path.join(site, "assets", "entries.js"), "utf8");
  const entries = JSON.parse(text.slice(text.indexOf("[")).replace(/;\n$/, "")) as { href: string; title: string }[];
  for (const { href } of entries) {
    const [file, anchor] = href.split("#");
    assert.ok(anchor === undefined ? page(file) : page(file).getElementById(anchor), href);
  }
  assert.ok(entries.some(({ title }) => title === "writeSaeLens"));
});

test("the report's links to cells open the pages, and the cell links back to the claim", () => {
  const link = page("index.html").querySelector(`#claim-run-9-correlation + tr a[href*="cell-id"]`)!;
  assert.equal(link.getAttribute("href"), "notebooks/run-9-reallocation.html#cell-id=names");
  const cell = page("notebooks/run-9-reallocation.html").getElementById("cell-id=names")!;
  assert.ok(cell.querySelector(`a[href="../index.html#claim-run-9-correlation"]`));
});

test("a notebook's page has its mathematics, code in colours, its figure, its table and its lines", () => {
  const document = page("notebooks/layers.html");
  assert.equal(document.querySelectorAll("math").length, 2);
  assert.equal(document.querySelector("mfrac mn")?.textContent, "1");
  assert.equal(document.querySelector("#cell-id\\=figure .token-keyword")?.textContent, "const");
  assert.equal(document.querySelector("#cell-id\\=figure .token-comment")?.textContent, "// one");
  const figure = document.querySelector("figure")!;
  const drawn = JSON.parse(readFileSync(path.join(set, "figures", "per-run-layer-6.plotly.json"), "utf8"));
  assert.equal(JSON.parse(figure.querySelector(".specification")!.textContent!).data.length, drawn.data.length);
  const image = readFileSync(path.join(site, "notebooks", figure.querySelector("img")!.getAttribute("src")!));
  assert.equal(image.subarray(1, 4).toString(), "PNG");
  const heading = document.querySelector("#cell-id\\=table th")!;
  assert.ok(document.querySelector("style")!.textContent!.includes(`.${heading.className}{text-align:left}`));
  assert.equal(document.querySelector("#cell-id\\=lines .output")!.textContent, "20 %\nred");
  assert.ok(document.getElementById("what-goes-where"), "the anchor that GitHub gives `What goes where?`");
});

test("notebooks stand in the order in which they are executed", () => {
  const links = [...page("notebooks/index.html").querySelectorAll(".siblings > ul > li > a")];
  const order = ["index", "run-9-reallocation", "layers", "stranger"];
  assert.deepEqual(
    links.map((link) => link.getAttribute("href")),
    order.map((name) => `../notebooks/${name}.html`),
  );
});

test("what a stranger's notebook brings neither runs nor loads nor covers", () => {
  const document = page("notebooks/stranger.html");
  for (const element of document.querySelectorAll("body *")) {
    const where = element.outerHTML.slice(0, 100);
    for (const { name, value } of element.attributes) {
      assert.doesNotMatch(name, /^on|^style$|^srcset$|^srcdoc$|^action$|^formaction$/, where);
      assert.doesNotMatch(value, /^\s*(?:javascript|vbscript|data:text)/i, where);
    }
    const source = element.getAttribute("src");
    if (element.localName === "script") assert.match(source!, /^\.\.\/assets\/[a-z]+\.js$/);
    else if (source !== null) assert.match(source, /^(?:\.\.\/images\/|data:image\/(?:png|jpeg|gif|webp);)/, where);
    assert.doesNotMatch(element.localName, /^(?:iframe|object|embed|form|input|style|base|meta|link)$/, where);
  }
  const rules = document.querySelector("head style")?.textContent ?? "";
  assert.equal(rules.replace(/^\.s-[0-9a-f]{8}/, ""), "{opacity:0.9}");
  assert.ok(document.body.textContent!.includes("<script>alert(11)</script>"), "HTML in a text is shown as text");
  const published = filesOf(path.join(site, "files"));
  assert.ok(
    published.every((file) => /^(?:src|docs|data-manifests)\/|^[A-Z]+/.test(file)),
    published.join(", "),
  );
  const [svg] = filesOf(path.join(site, "images")).filter((file) => file.endsWith(".svg"));
  assert.equal(
    document.querySelector(`img[src="../images/${svg}"]`)?.localName,
    "img",
    "as an image an SVG runs nothing",
  );
});

test("every page's policy allows the site's own scripts alone, and no request", () => {
  for (const [file, document] of framed()) {
    const policy = document.querySelector("meta[http-equiv='Content-Security-Policy']")!.getAttribute("content")!;
    assert.match(policy, /^default-src 'none'; script-src 'self'; /, file);
    assert.doesNotMatch(policy, /unsafe-(?:inline|eval)|https?:|\*/, file);
    assert.equal(document.querySelectorAll("script:not([src]):not([type='application/json'])").length, 0, file);
  }
});

test("every public name of the library has its declaration in the reference", () => {
  const named = new Set(
    framed().flatMap(([, document]) => [...document.querySelectorAll(".name")].map(({ id }) => id)),
  );
  for (const [name, value] of Object.entries(library)) {
    const names = name === "mechanisms" ? Object.keys(value).map((of) => `${name}.${of}`) : [name];
    for (const each of names) assert.ok(named.has(each), each);
  }
  for (const type of ["Experiment", "Method", "Claim", "WorldSize"]) assert.ok(named.has(type), type);
  const [entry] = framed().flatMap(([, document]) => [...document.querySelectorAll("#expectedL0, #shareOf")]);
  assert.match(entry.querySelector("pre")!.textContent!, /^function shareOf\(|^const shareOf: /);
  assert.ok(entry.querySelector("p")!.textContent!.length > 10, "with its docstring");
});

test("the same result set gives the same bytes, and a site is replaced whole", async () => {
  const again = path.join(root, "again");
  const written = await writeSite(set, { out: again });
  const bytes = (folder: string) => (file: string) => `${sha256(readFileSync(path.join(folder, file)))} ${file}`;
  const [first, second] = [site, again].map((folder) => filesOf(folder).map(bytes(folder)));
  const onlyIn = (one: string[], other: string[]): string[] => one.filter((file) => !other.includes(file));
  assert.deepEqual([onlyIn(first, second), onlyIn(second, first)], [[], []]);
  assert.equal(written.files, filesOf(again).length);
  assert.equal(written.pages, pages.size);
});

test("a folder with files of another kind is refused and stays as it is", async () => {
  const folder = path.join(root, "mine");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "thesis.txt"), "years of work");
  await assert.rejects(
    writeSite(set, { out: folder }),
    /mine: expected no folder, an empty one or a site .*--out FOLDER/,
  );
  assert.deepEqual(readdirSync(folder), ["thesis.txt"]);
});
