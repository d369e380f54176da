import * as tf from "@tensorflow/tfjs";
import { arrayKernels } from "../../src/backend/kernels.js";

type Call = (...given: unknown[]) => unknown;
type Spent = Map<string, { calls: number; milliseconds: number }>;

/** The same function, its calls and their time counted under a name that may come from what it is given. */
function counted(call: Call, name: (given: unknown[]) => string, spent: Spent): Call {
  return (...given) => {
    const startedAt = performance.now();
    try {
      return call(...given);
    } finally {
      const of = spent.get(name(given)) ?? { calls: 0, milliseconds: 0 };
      spent.set(name(given), {
        calls: of.calls + 1,
        milliseconds: of.milliseconds + performance.now() - startedAt,
      });
    }
  };
}

/** Counts from now on what TensorFlow and our kernels are called for; all else is JavaScript. */
export function countCalls(): Spent {
  const spent: Spent = new Map();
  const kernels = (arrayKernels() ?? {}) as Record<string, unknown>;
  for (const [method, call] of Object.entries(kernels))
    if (typeof call === "function") kernels[method] = counted(call as Call, () => method, spent);
  // The addon's own properties cannot be replaced: an object that inherits from it can have others.
  const backend = tf.backend() as unknown as { binding: Record<string, unknown> };
  const binding = Object.create(backend.binding);
  for (const method of Object.getOwnPropertyNames(backend.binding)) {
    const call = backend.binding[method];
    const nameOf = ([operation]: unknown[]) => (method === "executeOp" ? String(operation) : method);
    if (typeof call === "function")
      Object.defineProperty(binding, method, { value: counted(call as Call, nameOf, spent) });
  }
  backend.binding = binding;
  return spent;
}

/** Does some work so many times and prints where its time went, by operation: all above 1 %. */
export async function printProfile(
  title: string,
  spent: Spent,
  times: number,
  work: () => void | Promise<void>,
): Promise<void> {
  spent.clear();
  const startedAt = performance.now();
  for (let i = 0; i < times; i++) await work();
  const whole = (performance.now() - startedAt) / times;
  const rows = [...spent].map(([name, { calls, milliseconds }]) => ({
    name,
    calls: calls / times,
    each: milliseconds / times,
  }));
  const inJavaScript = whole - rows.reduce((sum, { each }) => sum + each, 0);
  process.stdout.write(`${title}: ${whole.toFixed(2)} ms\n`);
  for (const { name, calls, each } of [...rows, { name: "JavaScript", calls: 1, each: inJavaScript }]
    .sort((a, b) => b.each - a.each)
    .filter(({ each }) => each > 0.01 * whole)) {
    const share = `${Math.round((100 * each) / whole)} %`;
    const often = calls === 1 ? "" : ` × ${Number(calls.toFixed(2))}`;
    process.stdout.write(`  ${each.toFixed(3).padStart(8)} ms ${share.padStart(5)}  ${name}${often}\n`);
  }
}
