import { notebookCommand, reproduceCommandOf } from "../commands.js";
import type { ReportContent } from "../content.js";
import { changedLeaves } from "../diff.js";
import { Commands } from "./claim-details.js";

/** As many as are shown unfolded. */
const fewDifferences = 10;

/** What is not as this version recorded it for the profile. */
export const AsExpected = ({ expectation: { file, notCompared, differences } }: Pick<ReportContent, "expectation">) => (
  <section id="expectations" aria-labelledby="expectations-title">
    <h2 id="expectations-title">Against what was expected</h2>
    <p>
      {notCompared ||
        (differences.length === 0
          ? "Every verdict, number and figure is as recorded in "
          : `${differences.length} ${differences.length === 1 ? "thing is" : "things are"} not as recorded in `)}
      {!notCompared && <code>{file}</code>}
      {!notCompared && "."}
    </p>
    {differences.length > 0 && (
      <details open={differences.length <= fewDifferences}>
        <summary>What differs</summary>
        <ul class="differences">
          {differences.map((difference) => (
            <li>{difference}</li>
          ))}
        </ul>
      </details>
    )}
  </section>
);

/** The executed notebooks, and the command that executes each again. */
export const Notebooks = ({ notebooks }: Pick<ReportContent, "notebooks">) => (
  <section id="notebooks" aria-labelledby="notebooks-title">
    <h2 id="notebooks-title">Executed notebooks</h2>
    {notebooks.length === 0 && <p>This result set has none. Run: snc reproduce</p>}
    <ul class="notebooks">
      {notebooks.map((notebook) => (
        <li>
          <a href={notebook.file}>{notebook.title}</a>{" "}
          <span class="where">
            {notebook.error
              ? `failed: ${notebook.error}`
              : notebook.executedCells === null
                ? "no successful execution is recorded"
                : `${notebook.executedCells} cells, ${notebook.seconds?.toFixed(1)} s`}
          </span>
          <details>
            <summary>Execute {notebook.name} again</summary>
            <Commands lines={[notebookCommand(notebook)]} />
          </details>
        </li>
      ))}
    </ul>
  </section>
);

/** How to make all of it again, and what computed it. */
export const Environment = ({ set, files, commands }: Pick<ReportContent, "set" | "files" | "commands">) => {
  const { dependencies, ...machine } = set.environment;
  return (
    <section id="environment" aria-labelledby="environment-title">
      <h2 id="environment-title">Rerun and environment</h2>
      <h3>Run it again</h3>
      <p>Everything; what is unchanged is skipped. Each claim above has its own commands, folded below its words.</p>
      <Commands lines={[reproduceCommandOf(commands)]} />
      <h3>Files of this result set</h3>
      <p class="files">
        {files.map((file) => (
          <a href={file}>{file}</a>
        ))}
      </p>
      <h3>Machine and backend</h3>
      <Facts facts={leaves(machine)} />
      <h3>Made from</h3>
      <Facts
        facts={[["result set", set.name], ...leaves(set.identity.profile), ...Object.entries(set.identity.inputs)]}
      />
      <details>
        <summary>Activations and source of the trainings, versions of packages</summary>
        <Facts
          facts={[
            ...[...new Set(set.trainings.map(({ layer, data }) => `${layer} ${data}`))].map(
              (text): [string, string] => [
                `activations, layer ${text.split(" ")[0]}`,
                text.split(" ").slice(1).join(" "),
              ],
            ),
            ["source of training", [...new Set(set.trainings.map(({ sources }) => sources))].join(", ")],
            ...leaves(dependencies ?? {}),
          ]}
        />
      </details>
    </section>
  );
};

/** What a JSON value holds, each by its path. */
const leaves = (value: unknown): [string, string][] =>
  changedLeaves({}, value)
    .filter(({ b }) => b !== "[]")
    .map(({ what, b }): [string, string] => [what, String(b)]);

const Facts = ({ facts }: { facts: readonly [string, string][] }) => (
  <dl class="facts">
    {facts.map(([name, value]) => (
      <>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </>
    ))}
  </dl>
);
