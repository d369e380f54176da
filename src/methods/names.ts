/** By what each method is made sparse: k features a token, or λ₁. */
const sparseBy = {
  relu: "lambda1",
  "top-k": "k",
  "batch-top-k": "k",
  matryoshka: "k",
  "jump-relu": "k",
  "ort-sae": "k",
  "all-pairs": "lambda1",
  "frozen-decoder": "lambda1",
  "frozen-random": "lambda1",
} as const satisfies Record<MethodName, "k" | "lambda1">;

/** A method by its name. */
export type MethodName =
  | "relu"
  | "top-k"
  | "batch-top-k"
  | "matryoshka"
  | "jump-relu"
  | "ort-sae"
  | "all-pairs"
  | "frozen-decoder"
  | "frozen-random";

/** The methods' names. */
export const methodNames = Object.keys(sparseBy) as [MethodName, ...MethodName[]];

/** By what a method is made sparse: k, or λ₁. */
export const sparsityOf = (name: MethodName): "k" | "lambda1" => sparseBy[name];
