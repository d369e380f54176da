import { sha256 } from "../../src/base/files.js";
import { renderPng, renderSvg } from "../../src/figures/render.js";
import { trainingLoss } from "../../src/figures/training-loss.js";
import { lossTable } from "./loss-table.js";

/** Prints the hashes of one figure's SVG and PNG, and must then end by itself: nothing may keep the process alive. */
async function main(): Promise<void> {
  const svg = await renderSvg(trainingLoss(lossTable(2, 2, 30)));
  process.stdout.write(`${sha256(svg)} ${sha256(renderPng(svg))}`);
}

void main();
