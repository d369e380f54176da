/** The notebook of Run 0 in JupyterLab, by the buttons that its reader has, and as a page made from its executed copy. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Locator, Page } from "playwright-core";
import { runProgram } from "../../../src/base/command.js";
import { packageFolder } from "../../../src/base/files.js";
import { type CodeCell, type Notebook, readNotebook } from "../../../src/notebook/run/document.js";
import { snc } from "../../helpers/command-line.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";
import { launchChromium, whyNoChromium } from "./chromium.js";
import { type JupyterLab, startJupyterLab } from "./jupyterlab.js";
import { runningWith, temporaryFolder, until } from "./sandbox.js";

const original = path.join(packageFolder, "notebooks", "run-0-baseline.ipynb");
const copy = path.join(temporaryFolder("notebooks"), "run-0-baseline.ipynb"); // outside of the repository
const launcher = path.join("tslab", "launcher.js"); // in the command line of every kernel
const figureWidth = 672;

interface Reader {
  python: string;
  browser: Browser;
  lab: JupyterLab;
  page: Page;
}

let reader: Promise<Reader> | undefined;

/** JupyterLab with our kernel, serving the notebook at the smallest profile, and the notebook open in a browser. */
async function openNotebook(): Promise<Reader> {
  const python = await pythonWith(path.join(__dirname, "requirements.txt"));
  const prefix = temporaryFolder("prefix");
  const installed = await snc(["kernel", "install", "--prefix", prefix]);
  assert.equal(installed.code, 0, installed.stderr);
  const text = await readFile(original, "utf8");
  const smoke = text.replace(String.raw`let profile = \"default\"`, String.raw`let profile = \"smoke\"`);
  assert.notEqual(smoke, text);
  await writeFile(copy, smoke);
  const jupyterPath = path.join(prefix, "share", "jupyter");
  const lab = await startJupyterLab({ python, notebooks: path.dirname(copy), jupyterPath });
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  await page.goto(lab.urlOf(path.basename(copy)));
  await idle(page).waitFor();
  return { python, browser, lab, page };
}

/** A step of one reader's session: the tests of this file stand on each other. */
function labTest(name: string, body: (reader: Reader) => Promise<void>): void {
  test(name, { timeout: 240_000 }, async (t) => {
    const reason = whyNoChromium() ?? (await whyNoPython());
    if (reason) return t.skip(reason);
    reader ??= openNotebook();
    await body(await reader);
  });
}

/** In the status bar: the indicator in the toolbar says so also before there is a kernel. */
const idle = (page: Page): Locator => page.locator("#jp-main-statusbar", { hasText: "| Idle" });
const codeCells = (page: Page): Locator => page.locator(".jp-Notebook .jp-CodeCell");
const outputs = (cell: Locator): Locator => cell.locator(".jp-OutputArea-output");
const promptOf = (cell: Locator): Promise<string | null> => cell.locator(".jp-InputPrompt").textContent();
const press = (page: Page, command: string): Promise<void> =>
  page.locator(`.jp-NotebookPanel-toolbar [data-command="${command}"]`).click();

/** Runs this code in a new cell below the selected one, which is the last. */
async function runNewCell(page: Page, code: string): Promise<Locator> {
  const cell = codeCells(page).nth(await codeCells(page).count());
  await press(page, "notebook:insert-cell-below");
  await cell.locator(".cm-content").click();
  await page.keyboard.insertText(code);
  await page.keyboard.press("Control+Enter");
  return cell;
}

/** The notebook as the save button writes it. */
async function save(page: Page): Promise<Notebook> {
  const isSaved = page.waitForResponse(
    (response) => response.request().method() === "PUT" && response.url().includes("/api/contents/"),
  );
  await press(page, "docmanager:save");
  await isSaved;
  return readNotebook(copy);
}

labTest(
  "JupyterLab runs every cell without an error, and shows the losses, the figures and the formulas",
  async ({ page }) => {
    await page.getByRole("menuitem", { name: "Run", exact: true }).click();
    await page.getByRole("menuitem", { name: "Run All Cells", exact: true }).click();
    await codeCells(page).last().locator(".jp-InputPrompt", { hasText: /\d/ }).waitFor({ timeout: 150_000 });
    await idle(page).waitFor();
    const notebook = await save(page);
    const cells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
    assert.deepEqual(
      cells.map((cell) => cell.execution_count),
      cells.map((_, i) => i + 1),
    );
    assert.deepEqual(
      cells.flatMap((cell) => cell.outputs.filter((output) => output.output_type === "error")),
      [],
    );
    const text = (await outputs(page.locator(".jp-Notebook")).allTextContents()).join("\n");
    assert.match(text, /^loss by hand (\d\.\d{6}), by trainStep \1$/m);
    assert.match(text, /^reconstructionError +\d\.\d{4} +\d\.\d{4}$/m);
    const images = await page
      .locator(".jp-RenderedImage img")
      .evaluateAll((found) =>
        (found as HTMLImageElement[]).map((image) => [image.naturalWidth, image.getBoundingClientRect().width]),
      );
    const crisp = [2 * figureWidth, figureWidth]; // two pixels for one
    assert.deepEqual(images, [crisp, crisp]);
    const prose = page.locator(".jp-MarkdownOutput");
    const written = notebook.cells.filter((cell) => cell.cell_type === "markdown");
    const formulas = written.flatMap((cell) => cell.source.match(/\$\$[^$]+\$\$|\$[^$]+\$/g) ?? []);
    assert.ok(formulas.length > 10);
    assert.equal(await prose.locator("mjx-container").count(), formulas.length);
    assert.equal(await prose.locator("mjx-merror").count(), 0);
    assert.doesNotMatch((await prose.allTextContents()).join("\n"), /\$|\\[a-z]/);
  },
);

labTest(
  "the interrupt button ends an endless loop after an await, and the kernel answers the next cell",
  async ({ page }) => {
    const loop = 'await new Promise((done) => setTimeout(done, 10));\nconsole.log("looping");\nwhile (true) {}';
    const endless = await runNewCell(page, loop);
    await outputs(endless).filter({ hasText: "looping" }).waitFor();
    assert.equal(await promptOf(endless), "[*]:");
    await press(page, "notebook:interrupt-kernel");
    await outputs(endless).filter({ hasText: "Interrupted" }).waitFor();
    const next = await runNewCell(page, "6 * 7");
    await outputs(next).filter({ hasText: /^42$/ }).waitFor();
  },
);

labTest("the restart button brings a fresh kernel in place of the old one", async ({ page }) => {
  const [old, ...others] = await runningWith(launcher);
  assert.deepEqual(others, []);
  await press(page, "notebook:restart-kernel");
  await page.locator(".jp-Dialog button.jp-mod-accept").click();
  const fresh = await until(60, "another kernel alone", async () => {
    const pids = await runningWith(launcher);
    return pids.length === 1 && pids[0] !== old ? pids[0] : undefined;
  });
  await idle(page).waitFor();
  const first = await runNewCell(page, "process.pid");
  await outputs(first)
    .filter({ hasText: `${fresh}` })
    .waitFor();
  assert.equal(await promptOf(first), "[1]:");
  const second = await runNewCell(page, "experiment.profile");
  await outputs(second).filter({ hasText: "Cannot find name 'experiment'" }).waitFor();
});

labTest(
  "the copy that snc run executed becomes a page with every output and the figures",
  async ({ python, browser }) => {
    const folder = temporaryFolder("executed");
    const ran = await snc(["run", original, "--param", "profile=smoke", "--out", folder]);
    assert.equal(ran.code, 0, ran.stderr);
    const html = path.join(folder, "run-0-baseline.html");
    await runProgram(python, ["-m", "nbconvert", "--to", "html", path.join(folder, path.basename(original))]);
    const page = await browser.newPage({ offline: true });
    await page.goto(pathToFileURL(html).href);
    assert.match((await page.locator("body").textContent()) ?? "", /^loss by hand (\d\.\d{6}), by trainStep \1$/m);
    for (const image of await page.locator(".jp-RenderedImage img").all())
      assert.equal((await image.boundingBox())?.width, figureWidth);
    assert.ok((await page.locator(".highlight .kd").count()) > 10, "highlighted as TypeScript");
  },
);

labTest("JupyterLab's end is its kernels' end", async ({ python, lab }) => {
  assert.equal((await runningWith(launcher)).length, 1);
  assert.ok(await lab.stop(), "it ended by itself");
  assert.deepEqual(await runningWith(launcher), []);
  assert.deepEqual(await runningWith(python), []);
});
