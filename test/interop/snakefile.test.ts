import assert from "node:assert/strict";
import { test } from "node:test";
import { python, runProgram } from "../../src/base/command.js";
import { snakefile, snakefileMark, type WorkflowPlace } from "../../src/interop/snakefile.js";
import { universesSnakefile } from "../../src/interop/universes-snakefile.js";
import type { WorkflowPlan } from "../../src/interop/workflow-plan.js";
import { madeUpSpec } from "../helpers/result-sets.js";

const plan: WorkflowPlan = {
  ...{ profile: "smoke", runs: [0, 9], layers: [6], seeds: [42], fetchesInputs: true, captures: true },
  sets: [
    {
      name: "smoke-1",
      spec: madeUpSpec("smoke", { readings: { site: "resid_pre" } }),
      readings: ["site=resid_pre"],
      captureReadings: ["site=resid_pre"],
      variations: ["top-k-32-1a2b3c4d"],
    },
  ],
};

/** Everything that a path may hold and that Python, snakemake or a shell would take for its own. */
const odd = "/a b/{x}/{{y}}/'single' \"double\"/$HOME `id` \\n \\ ;&|#%/ü\nnext line";

const placeOf = (of: Partial<WorkflowPlace> = {}): WorkflowPlace => ({
  command: ["/usr/bin/node", `${odd}/main.js`],
  results: odd.replaceAll(/[{}]/g, ""),
  environment: { SNC_CACHE: odd },
  code: "1.0.0 abc",
  offline: true,
  ...of,
});

/** Both kinds of Snakefile at such a place. */
const written = (place: WorkflowPlace): string[] => [
  snakefile(plan, place),
  universesSnakefile(
    {
      ...{ profile: "smoke", count: 2, seed: 1, layer: 6, set: "smoke-1" },
      together: [{ ids: ["0a1b2c3d", "1a2b3c4d"], captureReadings: ["site=resid_pre"] }],
    },
    place,
  ),
];

test("a Snakefile begins with its mark", () => {
  for (const text of written(placeOf())) assert.ok(text.startsWith(snakefileMark));
});

/** The lines of a Snakefile before its first rule, as plain Python: what snakemake itself gives it stands in for. */
const asPython = (text: string): string => `
import json, subprocess
config = {}
class WorkflowError(Exception): pass
class shell:
    def prefix(text): shell.text = text
${text.slice(0, text.indexOf("\n\nwildcard_constraints"))}
def formatted(text): return text.format(SNC=SNC)  # as snakemake formats the prefix, and every command
`;

test("paths with spaces, quotes, braces, dollars, backslashes and line ends reach the job as they are", async (t) => {
  const works = await runProgram(python, ["-c", "import json"]).then(
    () => true,
    () => false,
  );
  if (!works || process.platform === "win32") return t.skip("needs Python and a POSIX shell");
  const { results } = placeOf();
  for (const text of written(placeOf())) {
    const script = `${asPython(text)}
command = formatted(shell.text) + " printf '%s\\\\0' \\"$SNC_CACHE\\" \\"$SNC_RESULTS\\" " + formatted("{SNC}")
print(json.dumps(subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout.split("\\0")))
`;
    const found = JSON.parse(await runProgram(python, ["-c", script]));
    assert.deepEqual(found, [odd, results, "/usr/bin/node", `${odd}/main.js`, ""]);
  }
});

test("a results folder with braces is refused, since snakemake takes them for wildcards", async (t) => {
  const works = await runProgram(python, ["-c", "import json"]).catch(() => undefined);
  if (works === undefined) return t.skip("needs Python");
  for (const text of written(placeOf({ results: "/results/{x}" })))
    await assert.rejects(
      runProgram(python, ["-c", asPython(text)]),
      /WorkflowError: \/results\/\{x\}: expected a folder without braces/,
    );
});
