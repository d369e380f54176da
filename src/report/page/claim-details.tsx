import { controlsText, placeText, underReadings } from "../../claims/report.js";
import type { ReportedClaim } from "../content.js";
import type { ClaimCell, ExecutedNotebook } from "../executed.js";
import { counted, numeral } from "./numbers.js";

/** A link into an executed notebook; JupyterLab goes to the cell. */
const notebookHref = ({ file }: ExecutedNotebook, cell?: ClaimCell): string =>
  cell ? `${file}#cell-id=${encodeURIComponent(cell.id)}` : file;

/** What stands behind a verdict, folded away below the paper's words. */
export const ClaimDetails = ({ row }: { row: ReportedClaim }) => (
  <details>
    <summary>Why, and how to run it again</summary>
    <dl>
      <dt>Why</dt>
      <dd>{row.because}</dd>
      <dt>Read as</dt>
      <dd>{row.claim.reading}</dd>
      <dt>Other readings</dt>
      <dd>{underReadings(row)}</dd>
      <dt>Controls</dt>
      <dd>{controlsText(row)}</dd>
      {row.significance && (
        <>
          <dt>Significance</dt>
          <dd>
            p = {numeral(row.significance.p)}, false discovery rate {numeral(row.significance.q)}
          </dd>
        </>
      )}
      {"why" in row.claim && (
        <>
          <dt>{row.claim.kind === "close" ? "Tolerance" : "Test"}</dt>
          <dd>{row.claim.why}</dd>
        </>
      )}
      <dt>Scope</dt>
      <dd>{scopeOf(row)}</dd>
      {row.measured && !row.measured.groups && (
        <>
          <dt>Each seed</dt>
          <dd class="number">
            {row.measured.seeds.map((seed, i) => `${seed}: ${numeral(row.measured!.values[i])}`).join(" · ")}
          </dd>
        </>
      )}
      <dt>Notebook</dt>
      <dd>
        <NotebookLink row={row} />
      </dd>
      <dt>Evidence</dt>
      <dd>
        {row.claim.evidence} <a href="#source">The paper's own runs</a>
      </dd>
      <dt>Again</dt>
      <dd>
        <Commands lines={row.commands} />
      </dd>
    </dl>
  </details>
);

/** Commands as they are typed, one a line. */
export const Commands = ({ lines }: { lines: readonly string[] }) => (
  <pre>
    <code>{lines.join("\n")}</code>
  </pre>
);

/** Where a claim stands in the paper, how much rests on it, its place on the page, and the notebook that shows it. */
export const Where = ({ row }: { row: ReportedClaim }) => (
  <p class="where">
    <span>{placeText(row.claim.section)}</span>
    <span class={row.claim.weight}>{row.claim.weight}</span>
    <a href={`#claim-${row.claim.id}`}>{row.claim.id}</a>
    {row.notebook ? <NotebookLink row={row} /> : <span>{row.claim.notebook}: not executed</span>}
  </p>
);

function scopeOf({ claim, layers, measured, scope }: ReportedClaim): string {
  const depth = claim.layer === "all" ? "the paper's layers" : `the paper's layer ${claim.layer}`;
  const where = `${layers.length > 1 ? "layers" : "layer"} ${layers.join(", ")} (for ${depth})`;
  const runs = claim.runs.length > 0 ? `, ${claim.runs.length > 1 ? "Runs" : "Run"} ${claim.runs.join(", ")}` : "";
  const seeds = measured ? `, ${counted(measured.n, "seed")}` : "";
  return `${scope.text}: ${where}${runs}${seeds}; ${claim.unit}.`;
}

function NotebookLink({ row: { claim, notebook, cell } }: { row: ReportedClaim }) {
  if (!notebook) return <>{claim.notebook} is not among the executed notebooks of this result set.</>;
  const place = cell && `, cell ${cell.executionCount === null ? cell.id : `[${cell.executionCount}]`}`;
  return (
    <a href={notebookHref(notebook, cell)}>
      {notebook.name}
      {place}
    </a>
  );
}
