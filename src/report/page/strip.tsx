import type { Claim } from "../../claims/claim.js";
import type { Measured } from "../../claims/measure.js";
import type { ReportedClaim } from "../content.js";

const [width, height, middle, inset] = [176, 30, 19, 8];

/** A claim as a picture: what is claimed as a band, the t interval and every seed on it, chance as a triangle. */
export function Strip({ claim, measured }: Pick<ReportedClaim, "claim" | "measured">) {
  if (!measured) return null;
  const claimed = claimedRange(claim);
  const points = [
    ...(measured.groups ? measured.groups.map(({ mean }) => mean) : measured.values),
    ...(measured.groups ? [] : [measured.interval?.low, measured.interval?.high]),
    ...claimed,
    measured.byChance,
  ].filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const [low, high] = [Math.min(...points), Math.max(...points)];
  const at = (value: number): number => {
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return Number((inset + Math.min(1, Math.max(0, share)) * (width - 2 * inset)).toFixed(1));
  };
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
      focusable="false"
    >
      <path class="axis" d={`M0 ${middle}H${width}`} />
      {claimed.length > 0 && <Claimed from={edge(claimed[0], at, 0)} to={edge(claimed[1], at, width)} />}
      {measured.byChance !== null && <path class="chance" d={`M${at(measured.byChance)} ${middle - 4}l4 7h-8z`} />}
      {measured.groups ? <Groups groups={measured.groups} at={at} /> : <Seeds measured={measured} at={at} />}
    </svg>
  );
}

type At = (value: number) => number;

/** The ends of what is claimed; infinite where it is open to one side, none where no value is claimed. */
function claimedRange(claim: Claim): [number, number] | [] {
  switch (claim.kind) {
    case "close":
      return [claim.stated - claim.tolerance, claim.stated + claim.tolerance];
    case "exact":
      return [claim.value, claim.value];
    case "bound":
      return claim.operator.startsWith("<")
        ? [Number.NEGATIVE_INFINITY, claim.value]
        : [claim.value, Number.POSITIVE_INFINITY];
    default:
      return [];
  }
}

const edge = (value: number | undefined, at: At, end: number): number =>
  value === undefined || !Number.isFinite(value) ? end : at(value);

const Claimed = ({ from, to }: { from: number; to: number }) => (
  <rect class="claimed" x={from - 1} y={middle - 9} width={Math.max(2, to - from + 2)} height={18} rx={2} />
);

const Seeds = ({ measured: { values, interval, mean }, at }: { measured: Measured; at: At }) => (
  <>
    {interval && <path class="interval" d={`M${at(interval.low)} ${middle}H${at(interval.high)}`} />}
    {values.map((value) => (
      <path class="seed" d={`M${at(value)} ${middle - 6}v12`} />
    ))}
    <circle class="mean" cx={at(mean)} cy={middle} r={4} />
  </>
);

const Groups = ({ groups, at }: { groups: NonNullable<Measured["groups"]>; at: At }) => (
  <>
    {groups.map(({ runs, mean }) => (
      <>
        <circle class="mean" cx={at(mean)} cy={middle} r={4} />
        <text x={at(mean)} y={10}>
          {runs.length > 1 ? `${runs[0]}–${runs[runs.length - 1]}` : runs[0]}
        </text>
      </>
    ))}
  </>
);
