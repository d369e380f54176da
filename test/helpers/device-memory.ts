import * as tf from "@tensorflow/tfjs";

type Made = { id: number; shape: number[]; dtype: number };
interface Binding {
  executeOp(name: string, attributes: unknown, inputs: number[], outputs: number): Made[];
  createTensor(shape: number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
}
/** Memory that one tensor or several of other shapes share. */
type Block = { bytes: number; tensors: number };

/** The tensors of TensorFlow by its ids, those that tfjs does not know included: counted from now on, native only. */
export class DeviceMemory {
  private readonly blocks = new Map<number, Block>();
  private readonly backend = tf.backend() as unknown as { binding: Binding };
  private readonly binding = this.backend.binding;
  bytes = 0;
  peakBytes = 0;

  constructor() {
    const { binding } = this;
    const executeOp: Binding["executeOp"] = (name, attributes, inputs, outputs) => {
      const results = binding.executeOp(name, attributes, inputs, outputs);
      for (const made of results)
        this.add(made, name === "Reshape" || name === "Bitcast" ? this.blocks.get(inputs[0]) : undefined);
      return results;
    };
    const createTensor: Binding["createTensor"] = (shape, dtype, values) => {
      const id = binding.createTensor(shape, dtype, values);
      this.add({ id, shape, dtype });
      return id;
    };
    const deleteTensor: Binding["deleteTensor"] = (id) => {
      binding.deleteTensor(id);
      const block = this.blocks.get(id);
      if (block && --block.tensors === 0) this.bytes -= block.bytes;
      this.blocks.delete(id);
    };
    const counted = { executeOp, createTensor, deleteTensor };
    this.backend.binding = Object.create(
      binding,
      Object.fromEntries(Object.entries(counted).map(([name, value]) => [name, { value }])),
    );
  }

  get tensors(): number {
    return this.blocks.size;
  }

  private add({ id, shape, dtype }: Made, shared?: Block): void {
    const block = shared ?? { bytes: shape.reduce((n, d) => n * d, dtype === 14 ? 2 : 4), tensors: 0 };
    if (block.tensors++ === 0) this.bytes += block.bytes;
    this.blocks.set(id, block);
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
  }

  /** Counts no longer. */
  end(): void {
    this.backend.binding = this.binding;
  }
}
