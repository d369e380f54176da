import { SncError } from "./base/errors.js";

/**
 * The readings of the paper, by id (docs/readings.md): the default first, then the alternatives. Numbers are written as
 * text, as on the command line; those of steps count at the paper's 1000 steps and shrink with a profile's.
 */
export const readingChoices = {
  /** R1 */ correlation: [
    "activationCosine",
    "activationPearson",
    "activationInner",
    "decoderCosine",
    "encoderCosine",
    "hybrid",
  ],
  /** R2 */ pairCount: ["pairs", "features"],
  /** R3 */ threshold: ["both", "thresholdOnly"],
  /** R4 */ penalty: ["sum", "mean"],
  /** R5 */ meanCorrelation: ["selected", "all"],
  /** R6 */ tauStart: ["0.1", "0.01", "0.5"],
  /** R7 */ importance: ["batchL2", "meanAbs", "rms", "decoderNorm", "frequency"],
  /** R8 */ prune: ["disable", "reinitialize"],
  /** R8 */ pruneHit: ["lessImportant", "both"],
  /** R9 */ coactivation: ["indicator", "product", "cosine"],
  /** R10, Run 7 */ neighbourhood: ["window", "blocks"],
  /** R10, Run 8 on */ adaptiveNeighbourhood: ["strongest", "window"],
  /** R11 */ inhibition: ["scaleLosers", "subtractWinner", "halfMax"],
  /** R12 */ sparsityRule: ["batch", "averaged"],
  /** R13 */ reallocateAfter: ["100", "50", "200", "500", "1000"],
  /** R14 */ inputScale: ["unitMeanSquare", "sqrtWidth", "raw"],
  /** R15 */ init: ["tied", "kaiming"],
  /** R16 */ reconstruction: ["squared", "norm", "meanSquared"],
  /** R17 */ warmup: ["1000", "100", "1"],
  /** R18 */ utilization: ["importance", "fired", "frequency"],
  /** R19 */ reportedCorrelation: ["test", "batch", "pearson", "decoder", "maximum"],
  /** R20 */ site: ["resid_post", "resid_pre"],
  /** R21 */ firstPosition: ["dropped", "kept"],
} as const;

/** A point that the paper leaves open, by its id: docs/readings.md has each. */
export type ReadingId = keyof typeof readingChoices;
/** One choice for every reading. */
export type Readings = { [Id in ReadingId]: (typeof readingChoices)[Id][number] };

const isId = (id: string): id is ReadingId => Object.hasOwn(readingChoices, id);

/** The default readings with these changed. Throws a usage error that lists the valid ids, or the choices of an id. */
export function readings(changes: Readonly<Record<string, string | number>> = {}): Readings {
  const chosen: Record<string, string> = {};
  for (const [id, choices] of Object.entries(readingChoices)) chosen[id] = choices[0];
  for (const [id, value] of Object.entries(changes)) {
    if (!isId(id))
      throw new SncError("usage", `reading "${id}": expected one of ${Object.keys(readingChoices).join(", ")}`);
    const choices: readonly string[] = readingChoices[id];
    if (!choices.includes(String(value)))
      throw new SncError("usage", `reading ${id}: expected one of ${choices.join(", ")}, found "${value}"`);
    chosen[id] = String(value);
  }
  return chosen as Readings;
}

/** The readings that differ from the default, by id. */
export function changedReadings(r: Readings): Partial<Readings> {
  return Object.fromEntries(Object.entries(r).filter(([id, value]) => value !== readingChoices[id as ReadingId][0]));
}

/** The columns of metrics.arrow that the readings R18 and R19 take for "utilization" and "mean correlation". */
export const reportedColumns = {
  utilization: {
    importance: "utilizationImportance",
    fired: "utilizationFired",
    frequency: "utilizationFrequency",
  },
  reportedCorrelation: {
    test: "meanActivationCosine",
    batch: "meanBatchCosine",
    pearson: "meanActivationPearson",
    decoder: "meanDecoderCosine",
    maximum: "meanMaxActivationCosine",
  },
} as const;

/** The null baseline of each correlation that R19 can report. */
export const chanceColumns = {
  test: "nullActivationCosine",
  batch: "nullBatchCosine",
  pearson: "nullActivationPearson",
  decoder: "nullDecoderCosine",
  maximum: "nullMaxActivationCosine",
} as const satisfies Record<Readings["reportedCorrelation"], string>;

/** `id=value` arguments as changes of the default; throws a usage error for one without "=". */
export function parseReadings(args: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    args.map((arg) => {
      const at = arg.indexOf("=");
      if (at < 1) throw new SncError("usage", `--reading: expected id=value, as in importance=meanAbs, found "${arg}"`);
      return [arg.slice(0, at), arg.slice(at + 1)];
    }),
  );
}
