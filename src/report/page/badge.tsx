import type { Verdict } from "../../claims/verdict.js";

/** What a verdict means, for the legend of the page. */
export const verdictMeanings: Record<Verdict, string> = {
  holds:
    "The 95 % t interval over at least three seeds lies where the paper says; of counts and statements, every training is so.",
  differs: "The interval lies elsewhere, or a training is not so: a result, not a failure of the reproduction.",
  inconclusive:
    "Fewer than three seeds, an interval that reaches to both sides, what could not rise or fail, a case that did not arise, " +
    "less than other kernels move it by, or what holds under a control as well.",
  "self-contradictory": "The paper says otherwise elsewhere, by the calculation given, however charitably it is read.",
  "contradicted by a published fact": "A fact that others have published says otherwise; its source is given.",
  "not measurable here": "A run or layer is not trained, or no table holds the quantity; it says which.",
};

/** Signs that tell verdicts apart without colour, as paths in a square of 16. */
const signs: Record<Verdict, string> = {
  holds: "M3 8.5l3.5 3.5L13 4.5",
  differs: "M4 4l8 8M12 4l-8 8",
  inconclusive: "M2.5 8c2-3.5 3.5-3.5 5.5 0s3.5 3.5 5.5 0",
  "self-contradictory": "M2 5.5h10l-3-3M14 10.5H4l3 3",
  "contradicted by a published fact": "M3 3h10v10H3zM6 8h4",
  "not measurable here": "M4 8h8",
};

/** A verdict in a CSS class name. */
export const verdictClass = (verdict: Verdict): string => verdict.replaceAll(" ", "-");

/** The sign of a verdict; its words stand beside it. */
export const Sign = ({ verdict }: { verdict: Verdict }) => (
  <svg class="sign" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={signs[verdict]} />
  </svg>
);

/** A verdict with its sign. */
export const Badge = ({ verdict }: { verdict: Verdict }) => (
  <span class={`badge ${verdictClass(verdict)}`}>
    <Sign verdict={verdict} />
    {verdict}
  </span>
);
