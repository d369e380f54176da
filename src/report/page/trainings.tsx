import type { ReportContent } from "../content.js";
import type { FlagNote, RunSummary } from "../trainings.js";
import { meanAndSd } from "./numbers.js";

/** Columns of the table, and of metrics.arrow. */
const columns = {
  loss: "loss",
  "variance explained": "fractionVarianceExplained",
  L0: "l0",
  "active fraction": "activeFraction",
  "mean |cos|": "meanActivationCosine",
  "of those on": "meanActivationCosineOfAlive",
  "by chance": "nullActivationCosine",
  "mean |Pearson|": "meanActivationPearson",
  permuted: "nullActivationPearson",
  "mean decoder |cos|": "meanDecoderCosine",
  utilization: "utilizationImportance",
  dead: "dead",
  pruned: "pruned",
  "λ₁": "lambda1",
  τ: "tau",
} as const;

/** The last measurements of every run on every layer, and what its mechanisms did not do. */
export const Trainings = ({ runs, flags }: Pick<ReportContent, "runs" | "flags">) => (
  <section id="trainings" aria-labelledby="trainings-title">
    <h2 id="trainings-title">Trainings</h2>
    <h3>What did not act</h3>
    <p>
      Mechanisms that stood still or changed nothing, as the traces of all trainings show it, unless fewer are named.
    </p>
    {flags.length === 0 ? (
      <p>Every mechanism of every run did something.</p>
    ) : (
      <ul class="flags">
        {[...new Set(flags.map(({ run }) => run.number))].map((number) => (
          <Flags notes={flags.filter(({ run }) => run.number === number)} />
        ))}
      </ul>
    )}
    <h3>At the last step, on test tokens</h3>
    <p>
      Means over seeds; ± is their standard deviation. “First acted”: the step at which the run first did something
      other than the run before, whose steps it took until then. “Of those on”: over pairs of features that no rule has
      switched off. “By chance” and “permuted”: the same if every feature is permuted over the tokens by itself.
    </p>
    {[...new Set(runs.map(({ layer }) => layer))].map((layer) => (
      <LayerTable layer={layer} runs={runs.filter((run) => run.layer === layer)} />
    ))}
  </section>
);

/** A run with all that it did not do. */
const Flags = ({ notes }: { notes: FlagNote[] }) => (
  <li>
    <h4>
      Run {notes[0].run.number}: {notes[0].run.name}
    </h4>
    <ul>
      {notes.map(({ text, layers, count, of, changedNothing }) => (
        <li class={changedNothing ? "nothing-changed" : undefined}>
          {text}
          {count < of && (
            <span class="where">
              {" "}
              {layers.length === 1 ? "layer" : "layers"} {layers.join(", ")}: {count} of {of} trainings
            </span>
          )}
        </li>
      ))}
    </ul>
  </li>
);

const LayerTable = ({ layer, runs }: { layer: number; runs: RunSummary[] }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with a keyboard
  <section class="scrolling" aria-label={`Last measurements on layer ${layer}`} tabIndex={0}>
    <table class="metrics">
      <caption>Layer {layer}</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Seeds</th>
          <th scope="col" class="number">
            first acted
          </th>
          {Object.keys(columns).map((name) => (
            <th scope="col" class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((row) => (
          <tr>
            <th scope="row">
              {row.run.number} {row.run.name}
              {row.sameSteps > 0 && (
                <span class="same">
                  = Run {row.run.number - 1}
                  {row.sameSteps < row.seeds.length && ` (${row.sameSteps} of ${row.seeds.length})`}
                </span>
              )}
            </th>
            <td class="number">{row.seeds.join(", ")}</td>
            <td class="number">{row.firstActed}</td>
            {Object.values(columns).map((column) => (
              <td class="number">{row.final[column] ? meanAndSd(row.final[column]) : "–"}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
