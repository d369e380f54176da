import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import { SncError } from "../base/errors.js";
import type { Continuation } from "../model/continuation.js";

/** Token sequences of one length, with the model's own activations after the block that is replaced. */
export interface DownstreamTexts {
  /** [sequences · length]. */
  tokens: Int32Array;
  length: number;
  /** The stream after the block [sequences · length · d_in], row after row. */
  x: Float32Array;
  /** 1 where x may be replaced; elsewhere, as at position 0, the model keeps its own [sequences · length]. */
  isReplaced: Uint8Array;
}

/** How well a model predicts: mean cross entropy of the next token, and mean KL divergence from the untouched model; in nats. */
export interface Prediction {
  ce: number;
  kl: number;
}

/** A model's predictions on some sequences, to be compared with those that it makes from other activations. */
export interface Downstream {
  /** Of the untouched model; its KL is 0. */
  none: Prediction;
  /** With these activations [sequences · length · d_in] in place of x where that is replaced. */
  from(replacement: Float32Array): Prediction;
  dispose(): void;
}

/** Rows of logits at once: so many numbers at most. */
const numbersAtOnce = 2 ** 24;
/** Probabilities of the untouched model are kept from one comparison to the next up to so many bytes, else computed again. */
const keptAtMost = 2 ** 29;

/**
 * Prepares what is compared with: cross entropy and KL are means over positions 1 … length − 2 of all sequences together, each of
 * which predicts the token after it. Throws a usage error for sequences of fewer than three tokens.
 */
export function openDownstream(model: Continuation, texts: DownstreamTexts): Downstream {
  const { tokens, length, x, isReplaced } = texts;
  const { d_in, vocabulary } = model.config;
  if (length < 3) throw new SncError("usage", `downstream: expected sequences of 3 or more tokens, found ${length}`);
  if (x.length !== tokens.length * d_in || isReplaced.length !== tokens.length)
    throw new SncError("internal", `downstream: expected ${tokens.length} rows of ${d_in}, found ${x.length / d_in}`);
  const scored = Int32Array.from(tokens.keys()).filter((at) => at % length > 0 && at % length < length - 1);
  const targets = scored.map((at) => tokens[at + 1]);
  const rowsAtOnce = Math.max(1, Math.floor(numbersAtOnce / vocabulary));
  const own = rowsOf(model.hidden(x, length), scored, d_in);
  const isKept = 4 * scored.length * vocabulary <= keptAtMost;
  const references: Reference[] = [];
  const starts = Array.from({ length: Math.ceil(scored.length / rowsAtOnce) }, (_, i) => i * rowsAtOnce);
  const chunk = (hidden: Float32Array, start: number): tf.Tensor2D => {
    const rows = hidden.subarray(start * d_in, (start + rowsAtOnce) * d_in);
    return model.logits(tf.tensor2d(rows, [rows.length / d_in, d_in]));
  };
  let ce = 0;
  for (const start of starts) {
    const reference = referenceOf(() => chunk(own, start), targets.subarray(start, start + rowsAtOnce));
    ce += reference.ce;
    if (isKept) references.push(reference);
    else tf.dispose(reference.probabilities);
  }
  return {
    none: { ce: ce / scored.length, kl: 0 },
    from(replacement) {
      const hidden = rowsOf(model.hidden(replaced(texts, replacement, d_in), length), scored, d_in);
      const sums = { ce: 0, kl: 0 };
      for (const [i, start] of starts.entries()) {
        const of = targets.subarray(start, start + rowsAtOnce);
        const reference = references[i] ?? referenceOf(() => chunk(own, start), of);
        const { ce, kl } = compared(() => chunk(hidden, start), reference, of);
        sums.ce += ce;
        sums.kl += kl;
        if (!isKept) tf.dispose(reference.probabilities);
      }
      return { ce: sums.ce / scored.length, kl: sums.kl / scored.length };
    },
    dispose: () => tf.dispose(references.map(({ probabilities }) => probabilities)),
  };
}

/** What the untouched model predicts at some rows: p [rows, vocabulary], Σ p log p of each, and the summed cross entropy. */
interface Reference {
  probabilities: tf.Tensor2D;
  negativeEntropy: Float32Array;
  ce: number;
}

function referenceOf(logitsOf: () => tf.Tensor2D, targets: Int32Array): Reference {
  const [probabilities, negativeEntropy, ofTargets] = tf.tidy((): [tf.Tensor2D, tf.Tensor, tf.Tensor] => {
    const logarithms = tf.logSoftmax(logitsOf());
    const p = tf.exp(logarithms);
    return [p, tf.sum(tf.mul(p, logarithms), 1), ofRows(logarithms, targets)];
  });
  const ce = -total(ofTargets.dataSync<"float32">());
  const reference = { probabilities, negativeEntropy: negativeEntropy.dataSync<"float32">(), ce };
  tf.dispose([negativeEntropy, ofTargets]);
  return reference;
}

/** Σ over rows of the cross entropy, and of KL(p‖q) = Σ p log p − Σ p log q. */
const compared = (logitsOf: () => tf.Tensor2D, { probabilities, negativeEntropy }: Reference, targets: Int32Array) =>
  scoped(() => {
    const logarithms = tf.logSoftmax(logitsOf());
    const cross = tf.sum(tf.mul(probabilities, logarithms), 1).dataSync<"float32">();
    const ofTargets = ofRows(logarithms, targets).dataSync<"float32">();
    return { ce: -total(ofTargets), kl: total(negativeEntropy) - total(cross) };
  });

/** Each row's number in the column that `columns` has for it [rows]. */
const ofRows = (values: tf.Tensor, columns: Int32Array): tf.Tensor =>
  tf.gatherND(
    values,
    tf.tensor2d(
      Array.from(columns, (column, row) => [row, column]),
      [columns.length, 2],
      "int32",
    ),
  );

/** x with its replaced rows from `replacement`. */
function replaced({ x, isReplaced }: DownstreamTexts, replacement: Float32Array, d_in: number): Float32Array {
  const out = x.slice();
  for (const [row, is] of isReplaced.entries())
    if (is) out.set(replacement.subarray(row * d_in, (row + 1) * d_in), row * d_in);
  return out;
}

function rowsOf(values: Float32Array, rows: Int32Array, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(values.subarray(row * width, (row + 1) * width), i * width);
  return out;
}

function total(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/**
 * How much of what is lost with zeros, or the training mean, a replacement recovers, in cross entropy or in KL:
 * (worst − its) / (worst − best). Null where less than 0.001 nats are lost.
 */
export const recovered = (its: number, { best, worst }: { best: number; worst: number }): number | null =>
  worst - best < 1e-3 ? null : (worst - its) / (worst - best);
