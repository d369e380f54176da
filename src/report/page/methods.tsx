import type { ReportContent } from "../content.js";
import type { MethodStep, SlotChoice } from "../methods.js";

/** What each run changes, and every reading of the paper that was taken. */
export const Methods = ({ methods, readings, set }: Pick<ReportContent, "methods" | "readings" | "set">) => {
  const [training] = set.trainings;
  const changed = readings.filter(({ isChanged }) => isChanged);
  return (
    <section id="methods" aria-labelledby="methods-title">
      <h2 id="methods-title">Methods and readings</h2>
      <h3>The ablation, run by run</h3>
      <p>Each run keeps what the one before has. This is what each changed, as its run.json records it.</p>
      <ol class="steps">
        {methods.map((step) => (
          <Step step={step} />
        ))}
      </ol>
      {training && (
        <p class="settings">
          Every training alike: d_in {training.d_in}, d_sae {training.d_sae}, {training.steps} steps of{" "}
          {training.batchSize}, start {training.init};{" "}
          {Object.entries(training.optimization)
            .map(([name, value]) => `${name} ${value}`)
            .join(", ")}
          .
        </p>
      )}
      <h3>Readings of the paper</h3>
      <p>
        {changed.length === 0
          ? "Where the paper leaves a point open, the default reading was taken everywhere."
          : `Other readings than the default were taken: ${changed.map(({ id, taken }) => `${id} = ${taken}`).join(", ")}.`}
      </p>
      <details open={changed.length > 0}>
        <summary>All {readings.length} readings, with their alternatives</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with a keyboard */}
        <section class="scrolling" aria-label="Readings" tabIndex={0}>
          <table class="readings">
            <thead>
              <tr>
                <th scope="col">Reading</th>
                <th scope="col">Taken</th>
                <th scope="col">Alternatives</th>
              </tr>
            </thead>
            <tbody>
              {readings.map(({ id, taken, alternatives, isChanged }) => (
                <tr>
                  <th scope="row">{id}</th>
                  <td>
                    {taken}
                    {isChanged && <strong> (not the default)</strong>}
                  </td>
                  <td>{alternatives.join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
};

const Step = ({ step: { run, slots, changed } }: { step: MethodStep }) => (
  <li value={run.number}>
    <h4>
      Run {run.number}: {run.name}
    </h4>
    {changed.length > 0 ? <Slots slots={changed} /> : <p>The plain autoencoder: nothing selected, nobody competes.</p>}
    <details>
      <summary>The whole method of Run {run.number}</summary>
      <Slots slots={slots} />
    </details>
  </li>
);

const Slots = ({ slots }: { slots: readonly SlotChoice[] }) => (
  <dl class="slots">
    {slots.map(({ slot, rule, source, options }) => (
      <>
        <dt>{slot}</dt>
        <dd>
          <code>{rule}</code> {options && <span>({options})</span>} {source && <span class="where">{source}</span>}
        </dd>
      </>
    ))}
  </dl>
);
