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
export type Attribute = { name: string; type: number; value: unknown };
export type TensorMetadata = { id: number; shape: number[]; dtype: number };

/** True where TensorFlow's own kernels can be called. */
export const isNative = (): boolean => tf.getBackend() === "tensorflow";
/** tfjs-node's backend. */
export const native = (): NativeBackend => tf.backend() as unknown as NativeBackend;

/** Tensors, what is held by TensorFlow's ids alone, variables' handles, vectors of numbers. */
export type NativeInput = tf.Tensor | Held | number | number[] | Int32Array | Float32Array;

/** Something in TensorFlow's memory that tfjs does not know. */
interface Held {
  readonly id: number;
}

/** The one result of a TensorFlow operation on tensors, variables' handles and vectors of numbers, in the current scope. */
export function nativeOp<T extends tf.Tensor>(name: string, inputs: NativeInput[]): T {
  const [result] = executeNative(name, inputs, 1);
  return native().createOutputTensor(result) as T;
}

/** The same where there is no result: it changes a variable. */
export const nativeEdit = (name: string, inputs: NativeInput[]): void => void executeNative(name, inputs, 0);

/** Runs a TensorFlow operation; the ids of its results are for whoever asked. */
export function executeNative(name: string, inputs: NativeInput[], outputs: number): TensorMetadata[] {
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
