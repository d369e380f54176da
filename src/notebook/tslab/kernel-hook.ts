import type { Content } from "../kernel/protocol.js";

/** What the kernel offers to code in cells, under a global symbol: the library may be another copy than the kernel's. */
export interface KernelHook {
  publish(msgType: "display_data" | "update_display_data" | "clear_output", content: Content): void;
}

const hookSymbol = Symbol.for("selective-neural-competition.kernel");
const holder = globalThis as { [hookSymbol]?: KernelHook };

export function setKernelHook(hook: KernelHook): void {
  holder[hookSymbol] = hook;
}

/** The hook when this code runs in a cell of our kernel. */
export const kernelHook = (): KernelHook | undefined => holder[hookSymbol];
