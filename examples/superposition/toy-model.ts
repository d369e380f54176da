/** Elhage et al. 2022, "Toy Models of Superposition": x′ = ReLU(Wᵀ W x + b), which squeezes features through fewer dimensions. */
import * as tf from "@tensorflow/tfjs";
import * as snc from "selective-neural-competition";

/** What the paper leaves open is a reading: its own value first. */
export const readings = { importance: ["0.9", "0.7", "1"], rate: ["0.01", "0.003"], batch: ["128", "512"] };

export interface Toys {
  /** The shares of zeros in x; each is trained with each seed. */
  sparsities: readonly number[];
  seeds: readonly number[];
  steps: number;
  /** The null: x′ = Wᵀ W x + b. */
  isLinear?: boolean;
  readings?: Partial<Record<keyof typeof readings, string>>;
}

export interface Toy {
  sparsity: number;
  seed: number;
  /** ‖W‖², the number of features that the model represents. */
  represented: number;
  /** Σ_i I_i (x_i − x′_i)², over the last tenth of the steps. */
  loss: number;
}

const [features, dimensions] = [5, 2];

/** Trains all of them side by side, as rows of the same tensors. */
export async function train({ sparsities, seeds, steps, isLinear = false, readings: of = {} }: Toys): Promise<Toy[]> {
  await snc.chooseBackend();
  const [decay, rate, batch] = (["importance", "rate", "batch"] as const).map((name) =>
    Number(of[name] ?? readings[name][0]),
  );
  const toys = sparsities.flatMap((sparsity) => seeds.map((seed) => ({ sparsity, seed, loss: 0 })));
  const inputs = toys.map(({ seed }) => snc.stream(seed, "inputs"));
  const starts = toys.flatMap(({ seed }) => {
    const random = snc.stream(seed, "weights");
    return Array.from({ length: dimensions * features }, () => random.normal() / Math.sqrt(features));
  });
  const W = tf.variable(tf.tensor3d(starts, [toys.length, dimensions, features]));
  const b = tf.variable(tf.zeros([toys.length, 1, features]));
  const importance = tf.tensor1d(Array.from({ length: features }, (_, i) => decay ** i));
  const adam = tf.train.adam(rate);

  /** [toys, batch, features]: uniform in [0, 1), or zero. */
  const draw = (): tf.Tensor3D => {
    const x = new Float32Array(toys.length * batch * features);
    const perToy = batch * features;
    for (let i = 0; i < x.length; i++) {
      const [at, { sparsity }] = [Math.floor(i / perToy), toys[Math.floor(i / perToy)]];
      const value = inputs[at].uniform();
      if (inputs[at].uniform() >= sparsity) x[i] = value;
    }
    return tf.tensor3d(x, [toys.length, batch, features]);
  };
  const losses = (x: tf.Tensor3D): tf.Tensor1D => {
    const out = tf.add(tf.matMul(tf.matMul(x, W, false, true), W), b);
    const error = tf.squaredDifference(x, isLinear ? out : tf.relu(out));
    return tf.sum(tf.mean(tf.mul(error, importance), 1), 1);
  };
  for (let step = 0; step < steps; step++) {
    const x = draw();
    if (step >= 0.9 * steps) {
      const now = tf.tidy(() => losses(x).dataSync());
      for (const [i, toy] of toys.entries()) toy.loss += now[i] / (0.1 * steps);
    }
    adam.minimize(() => tf.sum(losses(x)) as tf.Scalar);
    x.dispose();
  }
  const norms = tf.tidy(() => tf.sum(tf.square(W), [1, 2]).dataSync());
  tf.dispose([W, b, importance]);
  adam.dispose();
  return toys.map((toy, i) => ({ ...toy, represented: norms[i] }));
}
