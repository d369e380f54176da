import { runsText } from "../claims/check.js";
import type { Claim } from "../claims/claim.js";
import { shareText } from "../claims/numbers.js";
import { quantities } from "../claims/quantities.js";
import type { Figure } from "../figures/figure.js";
import { specificationCurve } from "../figures/specification-curve.js";
import { strata } from "./choices.js";
import { centralOf } from "./decided.js";
import type { Multiverse } from "./document.js";
import { differencesText } from "./plan.js";
import { saidOf, satisfiedShare } from "./shares.js";

/** What a curve shows below it: the names that decide most. */
const namesShown = 6;

/** The specification curve of a claim over the pooled readings, with its id, which is the name of its files. */
export function drawnCurve(multiverse: Multiverse, claim: Claim): { id: string; figure: Figure } {
  const [{ name: pooled, choices }] = strata;
  const said = saidOf(multiverse, claim.id, pooled);
  const deciding = multiverse.decided[claim.id]?.names.map(({ name }) => name) ?? Object.keys(choices);
  const share = satisfiedShare(said);
  return {
    id: `${curveName}-${claim.id}`,
    figure: specificationCurve(
      said.flatMap(({ universe, answer: { value, isSo } }, at) =>
        value === null
          ? []
          : [{ value, isSo, isDefault: at === 0, choices: universe.choices, label: differencesText(universe) }],
      ),
      {
        title: `“${claim.quote}”`,
        quantity: claim.kind === "order" ? "The least increase" : "The value",
        subtitle: [
          quantityText(claim),
          share ? `Satisfied in ${shareText(share)} universes` : "",
          `Trained ${multiverse.scope}, layer ${multiverse.layer}`,
          "Dotted: what the sentence asks for",
        ].filter((part) => part !== ""),
        bounds: boundsOf(claim),
        names: deciding.slice(0, namesShown).map((name) => ({ name, choices: choices[name] })),
      },
    ),
  };
}

/** The curves of the central claims. */
export const drawnCurves = (multiverse: Multiverse, claims: readonly Claim[]): { id: string; figure: Figure }[] =>
  centralOf(multiverse, claims).map((claim) => drawnCurve(multiverse, claim));

/** What the ids of these figures begin with. */
export const curveName = "multiverse";

function quantityText(claim: Claim): string {
  if (claim.quantity === null || claim.kind === "frontier") return "";
  const { describes } = quantities[claim.quantity];
  return claim.kind === "order"
    ? `Least increase over Runs ${claim.order.map(runsText).join(" < ")}: ${describes}`
    : `Value: ${describes}`;
}

/** What a claim asks of its value: the number stated, with its tolerance, the bound, or that it rises. */
function boundsOf(claim: Claim): number[] {
  if (claim.kind === "close") return [claim.stated - claim.tolerance, claim.stated + claim.tolerance];
  if (claim.kind === "bound") return [claim.value];
  return claim.kind === "order" ? [0] : [];
}
