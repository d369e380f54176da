import * as tf from "@tensorflow/tfjs";

/** What tfjs-node's backend offers beside tfjs's own operations: any TensorFlow kernel by name. */
interface NativeBackend {
  binding: {
    TF_FLOAT: number;
    TF_INT32: number;
    TF_ATTR_TYPE: number;
    TF_ATTR_SHAPE: number;
    TF_ATTR_STRING: number;
    TF_ATTR_BOOL: number;
    executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): TensorMetadata[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: tf.Tensor[]): number[];
  /** Wraps a kernel's output as a tensor of the current scope. */
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
}
type Attribute = { name: string; type: number; value: unknown };
type TensorMetadata = { id: number; shape: number[]; dtype: number };

/** True where TensorFlow's own kernels can be called. */
export const isNative = (): boolean => tf.getBackend() === "tensorflow";
const native = (): NativeBackend => tf.backend() as unknown as NativeBackend;

/** The handle by which TensorFlow's operations know a variable. */
export const handleOf = (variable: MutableTensor): number => (variable as ResourceVariable).handle;

type NativeInput = tf.Tensor | Bfloat16 | number | number[] | Int32Array | Float32Array;

/** The one result of a TensorFlow operation on tensors, variables' handles and vectors of numbers, in the current scope. */
export function nativeOp<T extends tf.Tensor>(name: string, inputs: NativeInput[]): T {
  const [result] = executeNative(name, inputs, 1);
  return native().createOutputTensor(result) as T;
}

/** The same where the result is in bfloat16; whoever asked disposes it. */
export function bfloat16Op(name: string, inputs: NativeInput[]): Bfloat16 {
  const [{ id }] = executeNative(name, inputs, 1);
  return holding(id);
}

/** The same where there is no result: it changes a variable. */
export const nativeEdit = (name: string, inputs: NativeInput[]): void => void executeNative(name, inputs, 0);

function executeNative(name: string, inputs: NativeInput[], outputs: number): TensorMetadata[] {
  const made: tf.Tensor[] = [];
  const ids = inputs.map((given) => {
    if (typeof given === "number") return given;
    if ("id" in given && !(given instanceof tf.Tensor)) return given.id;
    const tensor = given instanceof tf.Tensor ? given : tf.tensor1d(given);
    if (tensor !== given) made.push(tensor);
    return native().getInputTensorIds([tensor])[0];
  });
  const results = native().binding.executeOp(name, [], ids, outputs);
  tf.dispose(made);
  return results;
}

/** A tensor that is on the device now: tfjs waits for its first use. Its values must not change; they may be its memory. */
export function onDevice(values: Float32Array, shape: [number, number]): tf.Tensor2D {
  const tensor = tf.tensor2d(values, shape);
  if (isNative()) native().getInputTensorIds([tensor]);
  return tensor;
}

/** Runs `compute`, which returns no tensor, and frees every tensor it made, also when it throws. */
export function scoped<T>(compute: () => T): T {
  tf.engine().startScope();
  try {
    return compute();
  } finally {
    tf.engine().endScope();
  }
}

export interface Transposed {
  a?: boolean;
  b?: boolean;
}

/**
 * The matrix product a × b, of a or b transposed where said. On wasm the operand is transposed first, here and in the
 * gradient: the kernel that transposes as it goes takes five times as long there.
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D, transposed: Transposed = {}): tf.Tensor2D {
  if (isNative()) return tf.matMul(a, b, transposed.a, transposed.b);
  const flip = (x: tf.Tensor2D, yes?: boolean): tf.Tensor2D => (yes ? (tf.transpose(x) as tf.Tensor2D) : x);
  return transposingMatMul(flip(a, transposed.a), flip(b, transposed.b)) as tf.Tensor2D;
}

const transposingMatMul = tf.customGrad((a, b, save) => {
  (save as tf.GradSaveFunc)([a as tf.Tensor, b as tf.Tensor]);
  return {
    value: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.matMul(dy as tf.Tensor2D, tf.transpose(saved[1] as tf.Tensor2D)),
      tf.matMul(tf.transpose(saved[0] as tf.Tensor2D), dy as tf.Tensor2D),
    ],
  };
});

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

/** a b of matrices in bfloat16, or of each of a batch, of a or b transposed where said; rounded so itself. */
export function bfloat16Product(
  a: Bfloat16,
  b: Bfloat16,
  { batched = false, ...transposed }: Transposed & { batched?: boolean } = {},
): Bfloat16 {
  const { binding } = native();
  const flag = (name: string, value = false): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const [name, ofA, ofB] = batched ? ["BatchMatMulV2", "adj_x", "adj_y"] : ["MatMul", "transpose_a", "transpose_b"];
  const type: Attribute = { name: "T", type: binding.TF_ATTR_TYPE, value: bfloat16 };
  const how = [flag(ofA, transposed.a), flag(ofB, transposed.b), type];
  const [{ id }] = binding.executeOp(name, how, [a.id, b.id], 1);
  return holding(id);
}

/**
 * The same product of factors rounded to bfloat16, itself rounded so and given as float32; of each matrix of a batch where
 * there is one. Native only.
 */
export const bfloat16MatMul = <T extends tf.Tensor>(a: T, b: T | Bfloat16, transposed: Transposed = {}): T =>
  freeing((made) => {
    const factor = b instanceof tf.Tensor ? made(rounded(b)) : b;
    return widened(made(bfloat16Product(made(rounded(a)), factor, { ...transposed, batched: a.rank > 2 })));
  });

/** Σ x² over all elements, as a scalar: in one pass where TensorFlow's kernels can be called. */
export function sumOfSquares(x: tf.Tensor): tf.Scalar {
  if (!isNative()) return tf.sum(tf.square(x));
  const { binding } = native();
  const T: Attribute = { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const [half] = binding.executeOp("L2Loss", [T], native().getInputTensorIds([x]), 1);
  return tf.mul(native().createOutputTensor(half), 2);
}

/** A tensor that a training step changes in place. Values read are tracked by the caller's scope. */
export interface MutableTensor {
  readonly shape: number[];
  read(): tf.Tensor;
  assign(value: tf.Tensor): void;
  dispose(): void;
}

/** A mutable tensor with this initial value: a TensorFlow resource where there is one, else a kept tensor. */
export function mutableTensor(initial: tf.Tensor): MutableTensor {
  return isNative() ? resourceVariable(initial) : keptTensor(initial);
}

function keptTensor(initial: tf.Tensor): MutableTensor {
  let value = tf.keep(initial.clone());
  return {
    shape: initial.shape,
    read: () => value.clone(),
    assign(next) {
      value.dispose();
      value = tf.keep(next.clone());
    },
    dispose: () => value.dispose(),
  };
}

interface ResourceVariable extends MutableTensor {
  readonly handle: number;
}

let variables = 0;

function resourceVariable(initial: tf.Tensor): ResourceVariable {
  const { binding } = native();
  const dtype: Attribute = { name: "dtype", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const handle = binding.executeOp(
    "VarHandleOp",
    [
      { name: "container", type: binding.TF_ATTR_STRING, value: "" },
      { name: "shared_name", type: binding.TF_ATTR_STRING, value: `snc-${variables++}` },
      dtype,
      { name: "shape", type: binding.TF_ATTR_SHAPE, value: initial.shape },
    ],
    [],
    1,
  )[0].id;
  const assign = (value: tf.Tensor): void => {
    binding.executeOp("AssignVariableOp", [dtype], [handle, native().getInputTensorIds([value])[0]], 0);
  };
  assign(initial);
  return {
    handle,
    shape: initial.shape,
    read() {
      const [read] = binding.executeOp("ReadVariableOp", [dtype], [handle], 1);
      return native().createOutputTensor(read);
    },
    assign,
    dispose() {
      const ignore = { name: "ignore_lookup_error", type: binding.TF_ATTR_BOOL, value: true };
      binding.executeOp("DestroyResourceOp", [ignore], [handle], 0);
      binding.deleteTensor(handle);
    },
  };
}

/** The constants of one Adam update; `epsilon` is ε̂, already multiplied by √(1 − β₂ᵗ). */
export interface AdamUpdate {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  beta1Power: number;
  beta2Power: number;
}

/**
 * TensorFlow's fused ResourceApplyAdam on variables made by `mutableTensor`; native only. Values read from `weight`
 * before must be disposed by now, or TensorFlow copies the variable instead of updating it in place.
 */
export function fusedAdam(
  [weight, m, v]: MutableTensor[],
  gradient: tf.Tensor,
  { beta1Power, beta2Power, learningRate, beta1, beta2, epsilon }: AdamUpdate,
): void {
  const { binding } = native();
  const scalars = [beta1Power, beta2Power, learningRate, beta1, beta2, epsilon].map((x) => tf.scalar(x));
  binding.executeOp(
    "ResourceApplyAdam",
    [
      { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      { name: "use_locking", type: binding.TF_ATTR_BOOL, value: false },
      { name: "use_nesterov", type: binding.TF_ATTR_BOOL, value: false },
    ],
    [...[weight, m, v].map(handleOf), ...native().getInputTensorIds([...scalars, gradient])],
    0,
  );
  tf.dispose(scalars);
}
