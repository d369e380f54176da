import { croissantCommand } from "./export-croissant.js";
import { neuronpediaCommand } from "./export-neuronpedia.js";
import { roCrateCommand } from "./export-ro-crate.js";
import { saeLensCommand } from "./export-sae-lens.js";
import { saeBenchCommand } from "./export-saebench.js";
import { commandGroup } from "./options.js";

/** What can be exported, each in a file of its own: export-….ts. */
export const exportCommand = commandGroup(
  "export",
  "describe or write what was computed in other tools' forms",
  "Which form?",
  [croissantCommand, neuronpediaCommand, roCrateCommand, saeBenchCommand, saeLensCommand],
);
