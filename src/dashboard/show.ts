import path from "node:path";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { checked, type Expected } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import { silent } from "../base/progress.js";
import { openExperiment } from "../experiment/experiment.js";
import type { Training } from "../experiment/training/spec.js";
import { displayBundle } from "../notebook/display.js";
import { FeatureCell } from "./cell/feature.js";
import { ListCell } from "./cell/list.js";
import { contentOf } from "./content.js";
import type { FeatureNumbers } from "./feature.js";
import { percent } from "./numerals.js";
import { type DashboardContent, labelOf } from "./page-data.js";
import { sequenceTexts } from "./sequence-texts.js";
import { tokenTexts } from "./token-text.js";
import { featuresIn } from "./training.js";

/** How features are shown below a cell. */
export interface ShowFeatureOptions {
  /** Where the message goes; the notebook's output unless a test listens. */
  display?: (data: Record<string, unknown>) => void;
}

/** How the list of features is shown below a cell. */
export interface ShowFeaturesOptions extends ShowFeatureOptions {
  /** The first so many; 20 by default. */
  count?: number;
}

/** A finished training of a result set; or its features, as `featuresOf` gave them. */
export type ShownFeatures = Training | DashboardContent;

const known = new Map<string, Promise<DashboardContent>>();

/**
 * The features of a finished training on the test tokens of its result set, with all that a page shows of them. Computed once a
 * process. Throws a usage error for a training that is in no result set, and where nothing says which texts its vectors are of.
 */
export function featuresOf(training: Training): Promise<DashboardContent> {
  const { key } = training.record;
  const content = known.get(key) ?? lookAt(training);
  known.set(key, content);
  content.catch(() => known.delete(key));
  return content;
}

async function lookAt({ folder }: Training): Promise<DashboardContent> {
  const resultSet = path.resolve(folder, "..", "..", "..", "..");
  if (path.basename(path.dirname(resultSet)) === "controls")
    throw new SncError("usage", `${folder}: expected a training of a result set, found a control that learned nothing`);
  const experiment = await openExperiment(resultSet, { report: silent });
  return contentOf(await featuresIn(experiment, folder));
}

/**
 * Shows one feature below a notebook's cell: its numbers, its sources, its texts with each token shaded by f, what it does to the
 * next token. Plain HTML without scripts, and text beside it. Throws a usage error for a feature that there is not.
 */
export async function showFeature(
  shown: ShownFeatures,
  feature: number,
  { display = displayBundle }: ShowFeatureOptions = {},
): Promise<void> {
  const content = await contentShown(shown);
  const { features } = content.dashboard;
  const oneOfThem: Expected = {
    words: `a whole number from 0 to ${features.length - 1}`,
    admits: (value) => features.some((one) => one.feature === value),
  };
  checked("showFeature", { feature }, { feature: oneOfThem });
  const of = features.find((one) => one.feature === feature)!;
  display({ "text/html": render(h(FeatureCell, { content, feature: of })), "text/plain": inWords(content, of) });
}

/** Shows the first features of a training as a table below a notebook's cell, with text beside it. */
export async function showFeatures(
  shown: ShownFeatures,
  { count = 20, display = displayBundle }: ShowFeaturesOptions = {},
): Promise<void> {
  const content = await contentShown(shown);
  const { features } = content.dashboard;
  const hint = "All of them, to sort and search: snc features --help. One of them: showFeature(training, 17)";
  const lines = features.slice(0, count).map((of) => inWords(content, of).split("\n")[0]);
  display({
    "text/html": render(h(ListCell, { content, count, hint })),
    "text/plain": [content.dashboard.title, ...lines, hint].join("\n"),
  });
}

const contentShown = (shown: ShownFeatures): Promise<DashboardContent> | DashboardContent =>
  "dashboard" in shown ? shown : featuresOf(shown);

/** A feature in two lines of text. */
function inWords({ dashboard, bytesOf }: DashboardContent, of: FeatureNumbers): string {
  const texts = sequenceTexts({ ...dashboard, features: [of] }, bytesOf);
  const strongest = labelOf(of.top.map(({ sequence, position }) => texts.at(sequence, position)));
  const raised = of.raised.slice(0, 5).map(({ token }) => tokenTexts([token], bytesOf)[0]);
  const quoted = (list: string[]): string => list.map((text) => JSON.stringify(text)).join(", ");
  return [
    `Feature ${of.feature}: fires on ${percent(of.frequency)} of tokens${strongest.length > 0 ? `, strongest on ${quoted(strongest)}` : ""}`,
    ...(raised.length > 0 ? [`raises ${quoted(raised)}`] : []),
  ].join("\n");
}
