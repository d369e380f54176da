import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { JSDOM } from "jsdom";
import type { DashboardContent } from "../../src/dashboard/page-data.js";
import { showFeature, showFeatures } from "../../src/dashboard/show.js";
import { tokenTexts } from "../../src/dashboard/token-text.js";
import { madeUpContent } from "../helpers/made-up-dashboard.js";

const content = madeUpContent({ features: 30, sequences: 6 });

/** What a cell shows, as its front end has it. */
async function shown(show: (display: (data: Record<string, unknown>) => void) => Promise<void>) {
  const messages: Record<string, unknown>[] = [];
  await show((data) => messages.push(data));
  assert.equal(messages.length, 1);
  const [data] = messages;
  assert.deepEqual(Object.keys(data), ["text/html", "text/plain"]);
  const { body } = new JSDOM(String(data["text/html"])).window.document;
  return { body, plain: String(data["text/plain"]) };
}
const one = (of: DashboardContent, feature: number) => shown((display) => showFeature(of, feature, { display }));

test("a feature below a cell: ten texts, each token shaded by f, and the token it is about underlined", async () => {
  const { body, plain } = await one(content, 17);
  const { top, largest } = content.dashboard.features[17];
  const texts = [...body.querySelectorAll("table")].at(-1)!;
  const rows = [...texts.querySelectorAll("tbody tr")];
  assert.equal(rows.length, 10);
  for (const [i, row] of rows.entries()) {
    const tokens = [...row.querySelectorAll<HTMLElement>("bdi")];
    const { activations, position, from } = top[i];
    assert.equal(tokens.length, activations.length);
    for (const [n, token] of tokens.entries()) {
      const f = activations[n];
      assert.equal(token.style.backgroundColor !== "", f !== null && f > 0);
      assert.equal(token.style.textDecoration === "underline", n === position - from);
    }
    const strength = Number(/[\d.]+(?=\))/.exec(tokens[position - from].style.backgroundColor));
    assert.ok(Math.abs(strength - (0.06 + (0.5 * activations[position - from]!) / largest)) <= 0.005 + 1e-9);
  }
  assert.match(plain, /^Feature 17: fires on .* of tokens, strongest on ".*"\nraises "/);
});

test("a feature that is switched off has no texts and no sources", async () => {
  const { body } = await one(content, 4);
  assert.match(body.textContent ?? "", /It was pruned at step 400\./);
  assert.equal(body.querySelectorAll("table").length, 2);
});

test("the list below a cell has the first 20, and says where all are", async () => {
  const { body, plain } = await shown((display) => showFeatures(content, { display }));
  assert.equal(body.querySelectorAll("tbody tr").length, 20);
  assert.match(body.textContent ?? "", /20 of 30 features, on 767 tokens.*snc features/);
  assert.equal(plain.split("\n").length, 22);
});

test("a feature that there is not is refused", async () => {
  for (const feature of [30, -1, 1.5, Number.NaN])
    await assert.rejects(() => showFeature(content, feature), /feature: expected a whole number from 0 to 29/);
});

test("whatever a token's bytes, a cell has the same elements and the token as text", async () => {
  const names = (body: HTMLElement) => [...body.querySelectorAll("*")].map(({ nodeName }) => nodeName);
  const plain = names((await one({ ...content, bytesOf: () => Buffer.from("a") }, 0)).body);
  const markup = fc.constantFrom(
    "<",
    ">",
    "</td>",
    "<!--",
    "<script>",
    "&lt;",
    '"',
    "'",
    "<img src=x onerror=alert(1)>",
  );
  const text = fc.array(fc.oneof(markup, fc.string({ unit: "grapheme" })), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(text, async (parts) => {
      const bytes = Buffer.from(`a${parts.join("")}`);
      const { body } = await one({ ...content, bytesOf: () => bytes }, 0);
      assert.deepEqual(names(body), plain);
      const [alone] = tokenTexts([0], () => bytes);
      assert.ok(body.textContent?.includes(alone.replace(/ +$/, (spaces) => "␣".repeat(spaces.length))));
    }),
    { numRuns: 40 },
  );
});
