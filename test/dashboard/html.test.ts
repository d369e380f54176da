import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "parse5";
import { dashboardHtml } from "../../src/dashboard/html.js";
import { pageTraining } from "../../src/dashboard/page-data.js";
import { madeUpContent } from "../helpers/made-up-dashboard.js";

interface Node {
  nodeName: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
  value?: string;
}

const nodesOf = (node: Node): Node[] => [node, ...(node.childNodes ?? []).flatMap(nodesOf)];
const textOf = (node: Node): string => node.childNodes?.map(({ value }) => value ?? "").join("") ?? "";
const attribute = (node: Node, name: string) => node.attrs?.find((one) => one.name === name)?.value;

test("whatever a token's bytes, a page has the same elements, and its data say the same", async () => {
  const content = madeUpContent({ features: 3, sequences: 2, excerpts: [2, 1] });
  const names = async (html: string) => nodesOf(parse(html) as unknown as Node).map(({ nodeName }) => nodeName);
  const plain = await names(await dashboardHtml({ ...content, bytesOf: () => Buffer.from("a") }));
  const markup = fc.constantFrom(
    "<",
    ">",
    "</script>",
    "<!--",
    "-->",
    "<script>",
    "]]>",
    "&lt;",
    '"',
    "'",
    "`",
    "\u2028",
  );
  const text = fc.array(fc.oneof(markup, fc.string({ unit: "binary" }))).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.uint8Array({ maxLength: 4 }), async (token, bytes) => {
      const made = { ...content, bytesOf: (id: number) => (id % 2 ? Buffer.from(token) : bytes) };
      const html = await dashboardHtml(made);
      assert.deepEqual(await names(html), plain);
      const data = nodesOf(parse(html) as unknown as Node).find((node) => attribute(node, "id") === "data")!;
      assert.deepEqual(JSON.parse(textOf(data)).trainings, JSON.parse(JSON.stringify([pageTraining(made)])));
    }),
    { numRuns: 40 },
  );
});

test("the policy allows the page's style and scripts by their hashes, and no request", async () => {
  const nodes = nodesOf(parse(await dashboardHtml(madeUpContent({ features: 2, sequences: 2 }))) as unknown as Node);
  const policy = attribute(nodes.find((node) => attribute(node, "http-equiv") !== undefined)!, "content") ?? "";
  const hash = (node: Node): string => `'sha256-${createHash("sha256").update(textOf(node)).digest("base64")}'`;
  const scripts = nodes.filter((node) => node.nodeName === "script" && attribute(node, "type") === undefined);
  const style = nodes.find(({ nodeName }) => nodeName === "style")!;
  assert.equal(
    policy,
    `default-src 'none'; script-src ${scripts.map(hash).join(" ")}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`,
  );
  assert.ok(scripts.length >= 6);
  assert.ok(nodes.every((node) => attribute(node, "style") === undefined && attribute(node, "src") === undefined));
});
