import * as tf from "@tensorflow/tfjs";
import { arrayKernels } from "../src/backend/kernels.js";
import { notedAtMost } from "../src/sae/coactivation.js";
import { ourStep, type StepRow } from "./steps.js";

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

/** What TensorFlow and our kernels are called for; all else is JavaScript. */
function countCalls(): Spent {
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

const sizes: Pick<StepRow, "d_in" | "d_sae" | "active">[] = [
  { d_in: 576, d_sae: 576, active: 0.5 },
  { d_in: 576, d_sae: 576, active: 0.1 },
  { d_in: 2304, d_sae: 2304, active: 0.1 },
];

/** `--only step-profile`: where a step's time goes, by operation. */
export function profileSteps(): void {
  const spent = countCalls();
  for (const size of sizes)
    for (const run of [0, 1, 9]) {
      const { step, end } = ourStep({ ...size, run, precision: "float32", steps: 1, peers: [] });
      for (let i = 0; i < 5; i++) step();
      spent.clear();
      const startedAt = performance.now();
      for (let i = 0; i < notedAtMost; i++) step();
      const whole = (performance.now() - startedAt) / notedAtMost;
      const rows = [...spent].map(([name, { calls, milliseconds }]) => ({
        name,
        calls: calls / notedAtMost,
        each: milliseconds / notedAtMost,
      }));
      const inJavaScript = whole - rows.reduce((sum, { each }) => sum + each, 0);
      const { d_in, d_sae, active } = size;
      process.stdout.write(
        `Run ${run}, d_in = ${d_in}, d_sae = ${d_sae}, ${100 * active} % active: ${whole.toFixed(2)} ms a step\n`,
      );
      for (const { name, calls, each } of [...rows, { name: "JavaScript", calls: 1, each: inJavaScript }]
        .sort((a, b) => b.each - a.each)
        .filter(({ each }) => each > 0.01 * whole))
        process.stdout.write(
          `  ${each.toFixed(3).padStart(8)} ms ${`${Math.round((100 * each) / whole)} %`.padStart(5)}  ${name}${calls === 1 ? "" : ` × ${Number(calls.toFixed(2))}`}\n`,
        );
      end();
    }
}
