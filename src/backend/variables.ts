import * as tf from "@tensorflow/tfjs";
import { type Attribute, isNative, native } from "./native.js";

/** A tensor that a training step changes in place. Values read are tracked by the caller's scope. */
export interface MutableTensor {
  readonly shape: number[];
  /** Its values now, as a tensor of the caller's scope. */
  read(): tf.Tensor;
  /** Takes over values of its shape; the tensor stays the caller's. */
  assign(value: tf.Tensor): void;
  /** Frees its memory. */
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

/** The handle by which TensorFlow's operations know a variable. */
export const handleOf = (variable: MutableTensor): number => (variable as ResourceVariable).handle;
