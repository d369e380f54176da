import type { ReportedClaim } from "../../src/report/content.js";

const common = { section: "6.1", unit: "share", layer: 12, runs: [0], notebook: "run-0", weight: "detail" };
const scope = { isPaperScale: false, text: "at a small scale" };

const spread = (mean: number, sd: number, half: number) => ({
  ...{ mean, sd, n: 3 },
  interval: { low: mean - half, high: mean + half },
});

const row = (claim: object, found: object): ReportedClaim =>
  ({
    ...{ scope, layers: [14], notebook: undefined, cell: undefined, controls: [] },
    claim: { ...common, ...claim },
    ...found,
  }) as unknown as ReportedClaim;

/** A reported claim of each kind, and no number twice. */
export const reportedClaims = {
  close: row(
    {
      ...{ id: "close-one", kind: "close", quote: "From $\\tau$ we get 0.4.", quantity: "utilization" },
      ...{ stated: 0.4, tolerance: 0.1, why: "Rounded so.", reading: "Read as close.", evidence: "Evidence one." },
    },
    {
      ...{ verdict: "holds", because: "Because close.", commands: ["again close", "and again"] },
      turns: { byDefault: "holds", studied: 40, alternatives: 40, turned: { differs: ["init=kaiming"] } },
      controls: [{ control: "untrained", verdict: "differs", couldFail: true }],
      significance: { p: 0.0123, q: 0.0456 },
      measured: {
        ...{ ...spread(0.6, 0.04321, 0.25), seeds: [42, 7], values: [0.2, 1] },
        byChance: 0,
      },
    },
  ),
  below: row(
    {
      ...{ id: "below-one", kind: "bound", quote: "Below.", quantity: "meanCorrelation", section: "Abstract" },
      ...{ operator: "<=", value: 0.75, over: "largest", reading: "Read as bound.", evidence: "Evidence two." },
      ...{ layer: "all", runs: [8, 9] },
    },
    {
      ...{ verdict: "differs", because: "Because above.", commands: ["again below"], layers: [6, 14, 22] },
      measured: { ...spread(0.875, 0.0111, 0.0625), seeds: [1], values: [0.86], byChance: 0.5 },
    },
  ),
  above: row(
    {
      ...{ id: "above-one", kind: "bound", quote: "Above.", quantity: "strongPairs" },
      ...{ operator: ">", value: -0.25, reading: "Read as above.", evidence: "Evidence two." },
    },
    {
      ...{ verdict: "inconclusive", because: "Because few.", commands: ["again above"] },
      measured: { ...{ mean: -0.5, sd: null, n: 1, interval: null }, seeds: [3], values: [-0.5], byChance: null },
    },
  ),
  order: row(
    {
      ...{ id: "order-one", kind: "order", quote: "Order.", quantity: "lossRoughness", runs: [0, 1, 2, 3] },
      ...{ order: [[0], [1, 2, 3]], reading: "Read as order.", evidence: "Evidence three." },
    },
    {
      ...{ verdict: "self-contradictory", because: "Because of §6.", commands: ["again order"] },
      measured: {
        ...{ ...spread(0.3, 0.02, 0.0125), seeds: [11, 12], values: [0.31, 0.29], byChance: 0.15 },
        groups: [
          { runs: [0], ...spread(0.1, 0.01, 0.01) },
          { runs: [1, 2, 3], ...spread(0.5, 0.01, 0.01) },
          { runs: [8, 9], ...spread(0.2, 0.01, 0.01) },
        ],
        increases: [
          { ...spread(0.4, 0.01, 0.03), from: 0, to: 2 },
          { ...{ mean: 1, sd: null, n: 1, interval: null }, from: 3, to: 8 },
          { ...spread(-0.3, 0.01, 0.05), from: 1, to: 9 },
        ],
      },
    },
  ),
  exact: row(
    {
      ...{ id: "exact-one", kind: "exact", quote: "Exact.", quantity: "width", value: 2304, decimals: 0 },
      ...{ reading: "Read as exact.", evidence: "Evidence three." },
    },
    {
      ...{ verdict: "not measurable here", because: "Because not trained.", commands: ["again exact"] },
      measured: undefined,
    },
  ),
  statement: row(
    {
      ...{ id: "statement-one", kind: "statement", quote: "A statement.", quantity: null, runs: [], stated: 9 },
      ...{ test: null, why: "Tested so.", reading: "Read as statement.", evidence: "Evidence three." },
    },
    {
      ...{ verdict: "holds", because: "Because it is so.", commands: ["again statement"] },
      measured: undefined,
    },
  ),
};
