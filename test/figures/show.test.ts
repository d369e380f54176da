import assert from "node:assert/strict";
import { test } from "node:test";
import { showFigure } from "../../src/figures/show.js";
import { trainingLoss } from "../../src/figures/training-loss.js";
import { lossTable } from "../helpers/loss-table.js";

test("a notebook gets one message with plotly's JSON, a PNG and a line of text, each true to the figure", async () => {
  const figure = trainingLoss(lossTable(1, 1, 20));
  const messages: Parameters<NonNullable<NonNullable<Parameters<typeof showFigure>[1]>["display"]>>[] = [];
  await showFigure(figure, { scale: 1, displayId: "loss", display: (...message) => void messages.push(message) });
  assert.equal(messages.length, 1);
  const [data, metadata, displayId] = messages[0];
  assert.deepEqual(Object.keys(data), ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
  const plotly = data["application/vnd.plotly.v1+json"] as Record<string, unknown>;
  assert.deepEqual([plotly.data, plotly.layout], [figure.data, figure.layout]);
  assert.equal(Buffer.from(data["image/png"] as string, "base64").readUInt32BE(16), figure.layout.width);
  assert.match(
    data["text/plain"] as string,
    /^\[Training loss of Run 0 \(baseline\): 1 trace; Training step 1 to 20; Loss/,
  );
  assert.deepEqual(metadata, { "image/png": { width: figure.layout.width, height: figure.layout.height } });
  assert.equal(displayId, "loss");
});
