import type * as TF from "@tensorflow/tfjs";

/*
 * TensorFlow's backend lies in the cache folder and asks there for tfjs. It has to get the very module that this package
 * computes with: a copy of its own would know neither our tensors nor our scopes. So a module of one line stands there by
 * each name that it asks for, and hands over what was shared before.
 */
const key = "selective-neural-competition.tfjs";

/** The names; tfjs has all that tfjs-core exports. */
export const sharedNames = ["@tensorflow/tfjs", "@tensorflow/tfjs-core"] as const;

/** The module that stands for each of them in the cache folder. */
export const sharedTfjs = `module.exports = globalThis[Symbol.for(${JSON.stringify(key)})];\n`;

/** Shares this tfjs with what is loaded from the cache folder. */
export function shareTfjs(tf: typeof TF): void {
  (globalThis as Record<symbol, unknown>)[Symbol.for(key)] = tf;
}
