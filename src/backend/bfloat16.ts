import * as tf from "@tensorflow/tfjs";
import { once } from "../base/once.js";
import { type Attribute, executeNative, type NativeInput, native, type TensorMetadata } from "./native.js";
import { scoped, type Transposed } from "./ops.js";

/** TensorFlow's number for bfloat16, which tfjs does not know: such values go by TensorFlow's ids, uncounted by tfjs. */
const bfloat16 = 14;

/** Numbers held in bfloat16, at half of float32's bytes; native only. Whoever made it disposes it. */
export interface Bfloat16 {
  readonly id: number;
  dispose(): void;
}

const holding = (id: number): Bfloat16 => ({ id, dispose: () => native().binding.deleteTensor(id) });

/** Gives what `compute` returns and frees what it has said it made, also when it throws. */
export function freeing<T>(compute: (made: (x: Bfloat16) => Bfloat16) => T): T {
  const all: Bfloat16[] = [];
  try {
    return compute((x) => {
      all.push(x);
      return x;
    });
  } finally {
    for (const x of all) x.dispose();
  }
}

/** x rounded to bfloat16 (8 bits). */
export function rounded(x: tf.Tensor): Bfloat16 {
  const { binding } = native();
  return holding(cast(native().getInputTensorIds([x])[0], binding.TF_FLOAT, bfloat16).id);
}

/** The bits of bfloat16 numbers, an even count, as a matrix: nothing else is made on the device on the way. */
export function bfloat16Of(bits: Uint16Array, shape: [number, number]): Bfloat16 {
  const { binding } = native();
  const typed = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  // tfjs takes no 16-bit numbers: they go as pairs.
  const pairs = tf.tensor1d(new Int32Array(bits.buffer, bits.byteOffset, bits.length / 2), "int32");
  const sizes = tf.tensor1d(shape, "int32");
  const [ofPairs, ofSizes] = native().getInputTensorIds([pairs, sizes]);
  const [{ id: halves }] = binding.executeOp(
    "Bitcast",
    [typed("T", binding.TF_INT32), typed("type", bfloat16)],
    [ofPairs],
    1,
  );
  const how = [typed("T", bfloat16), typed("Tshape", binding.TF_INT32)];
  const [{ id }] = binding.executeOp("Reshape", how, [halves, ofSizes], 1);
  binding.deleteTensor(halves);
  tf.dispose([pairs, sizes]);
  return holding(id);
}

function cast(id: number, from: number, to: number): TensorMetadata {
  const { binding } = native();
  const typed = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const truncate: Attribute = { name: "Truncate", type: binding.TF_ATTR_BOOL, value: false };
  return binding.executeOp("Cast", [typed("SrcT", from), typed("DstT", to), truncate], [id], 1)[0];
}

/** Numbers held in bfloat16 as float32, in the current scope. */
export const widened = <T extends tf.Tensor>({ id }: Bfloat16): T =>
  native().createOutputTensor(cast(id, bfloat16, native().binding.TF_FLOAT)) as T;

/** How a product is taken. */
type Product = Transposed & { batched?: boolean };

/** a b of matrices in bfloat16, or of each of a batch, of a or b transposed where said; rounded so itself, to the nearest. */
export const bfloat16Product = (a: Bfloat16, b: Bfloat16, how: Product = {}): Bfloat16 =>
  roundsToNearest() ? productOf(a, b, how, bfloat16) : viaFloat32(a, b, how);

/** The product in float32, whose factors are exact there, rounded at its end. */
function viaFloat32(a: Bfloat16, b: Bfloat16, how: Product): Bfloat16 {
  const { TF_FLOAT } = native().binding;
  return freeing((made) => {
    const [x, y] = [a, b].map(({ id }) => made(holding(cast(id, bfloat16, TF_FLOAT).id)));
    return holding(cast(made(productOf(x, y, how, TF_FLOAT)).id, TF_FLOAT, bfloat16).id);
  });
}

function productOf(a: Bfloat16, b: Bfloat16, { batched = false, ...transposed }: Product, type: number): Bfloat16 {
  const { binding } = native();
  const flag = (name: string, value = false): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const [name, ofA, ofB] = batched ? ["BatchMatMulV2", "adj_x", "adj_y"] : ["MatMul", "transpose_a", "transpose_b"];
  const typed: Attribute = { name: "T", type: binding.TF_ATTR_TYPE, value: type };
  const [{ id }] = binding.executeOp(name, [flag(ofA, transposed.a), flag(ofB, transposed.b), typed], [a.id, b.id], 1);
  return holding(id);
}

/**
 * Whether TensorFlow rounds a product in bfloat16 to the nearest on this processor. Without AVX-512 it cuts the digits off, which
 * errs twice as much and always downwards; it is also slower there than in float32.
 */
const roundsToNearest = once(() =>
  scoped(() => {
    const value = 1 + 9 / 128; // its square, 147 − 47/128 of 128ths, lies between two numbers of 8 bits, nearer to the upper
    const found = freeing((made) => {
      const [a, b] = [tf.fill([16, 1], value), tf.fill([1, 16], value)].map((x) => made(rounded(x)));
      return widened(made(productOf(a, b, {}, bfloat16))).dataSync<"float32">();
    });
    return found.every((x) => x === 147 / 128);
  }),
);

/**
 * The same product of factors rounded to bfloat16, itself rounded so and given as float32; of each matrix of a batch where
 * there is one. Native only.
 */
export const bfloat16MatMul = <T extends tf.Tensor>(a: T, b: T | Bfloat16, transposed: Transposed = {}): T =>
  freeing((made) => {
    const factor = b instanceof tf.Tensor ? made(rounded(b)) : b;
    return widened(made(bfloat16Product(made(rounded(a)), factor, { ...transposed, batched: a.rank > 2 })));
  });

/** The one result, in bfloat16, of a TensorFlow operation; whoever asked disposes it. */
export function bfloat16Op(name: string, inputs: NativeInput[]): Bfloat16 {
  const [{ id }] = executeNative(name, inputs, 1);
  return holding(id);
}
