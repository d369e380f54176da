import { mkdirSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic, writeJson } from "../../src/base/files.js";
import { recordHashes, writeSealed } from "../../src/base/recorded.js";
import { checkClaims } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
import { readRegistry } from "../../src/claims/list.js";
import { claimsDocument } from "../../src/claims/report.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { renderSvg } from "../../src/figures/render.js";
import { describe } from "../../src/method.js";
import { figuresOf } from "../../src/report/figures.js";
import { run } from "../../src/runs.js";
import { madeUp, measurementOn } from "./made-up-claims.js";
import { madeUpSpec } from "./result-sets.js";
import { writeTraining } from "./write-training.js";

/** Text that would run if it were taken for HTML, in an element, an attribute, a script, and a style. */
export const hostile = `</script></style><script>alert(1)</script><img src=x onerror="alert(2)">" onclick='alert(3)' <!--`;

/** Made-up trainings of Runs 0, 8 and 9 on layers 6 and 14, three seeds each; Run 9 took the steps of Run 8 on layer 6. */
export const trainings = (): TrainedTables[] =>
  [6, 14].flatMap((layer) =>
    [42, 43, 44].flatMap((seed) =>
      [0, 8, 9].map((number) => {
        const last = { meanActivationCosine: 0.2 - 0.01 * number + 0.001 * (seed - 42), utilizationImportance: 0.94 };
        const tables = madeUp({ run: number, layer, seed, last });
        const { record } = tables;
        const flags = { ...record.flags, identicalToPredecessor: number === 9 && layer === 6 };
        const method = JSON.parse(JSON.stringify(describe(run(number).method)));
        return { ...tables, record: { ...record, method, flags } };
      }),
    ),
  );

interface MadeUpSet {
  folder: string;
  tables?: TrainedTables[];
  /** What the registry's claims become before they are checked. */
  change?: (claim: Claim) => Claim;
  /** Added to texts that come from outside the claims: the environment, the title of a notebook. */
  note?: string;
  /** Ids of the figures to draw, of all that there are. */
  figures?: (id: string) => boolean;
}

/** Writes a result set of made-up trainings, all that the report reads; returns its folder. */
export async function writeMadeUpSet({
  folder,
  tables = trainings(),
  change = (claim) => claim,
  note = "",
  figures = (id) => id === "per-run-layer-6",
}: MadeUpSet): Promise<string> {
  const write = (file: string, value: unknown): Promise<void> => writeJson(path.join(folder, file), value);
  mkdirSync(folder, { recursive: true });
  for (const training of tables) await writeTraining(folder, training);
  const spec = madeUpSpec("default", { inputs: { text: `sha256:0${note}` } });
  await writeSealed(path.join(folder, "experiment.json"), { name: "made-up", ...spec });
  await writeSealed(path.join(folder, "env.json"), { node: `20${note}`, dependencies: { plotly: "4" } });
  const registry = await readRegistry();
  const claims = registry.claims.map(change);
  const measurement = measurementOn(tables);
  const verdicts = claimsDocument(checkClaims(claims, claims, measurement), registry);
  await writeSealed(path.join(folder, "claims.json"), verdicts);
  for (const { id, figure } of figuresOf({ ...measurement, modelName: `SmolLM2-135M${note}`, claims }))
    if (figures(id)) {
      await write(`figures/${id}.plotly.json`, figure);
      await writeFileAtomic(path.join(folder, "figures", `${id}.svg`), await renderSvg(figure));
      await recordHashes(path.join(folder, "figures"), [`${id}.plotly.json`, `${id}.svg`]);
    }
  await write("notebooks/run-9-reallocation.ipynb", notebook(`Run 9${note}`));
  return folder;
}

const notebook = (title: string): object => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [
    { cell_type: "markdown", id: "title", metadata: {}, source: `# ${title}\nMentions run-9-utilization.` },
    code("first", 1, "1 + 1", []),
    code("shows", 2, "measured()", ["claims"]),
    code("names", 3, 'claim("run-9-correlation")', []),
    code(
      "prints",
      4,
      "table()",
      [],
      "run-9-correlation holds\nrun-9-utilization-twice\nintroduction-reallocation differs\n",
    ),
  ],
});

const code = (id: string, execution_count: number, source: string, tags: string[], text = ""): object => ({
  cell_type: "code",
  id,
  metadata: { tags },
  source,
  outputs: text === "" ? [] : [{ output_type: "stream", name: "stdout", text }],
  execution_count,
});
