/**
 * Functions of Node as they were before any cell ran. Code in cells may mock or replace them, which must not stop the
 * kernel: what runs on the cells' thread imports them from here.
 */
import fs from "node:fs";

export const { setTimeout, setImmediate, queueMicrotask } = globalThis;
export const { writeSync } = fs;
