import path from "node:path";
import { readJson } from "../../src/base/files.js";
import { fixtures } from "./paths.js";

/** A specification with numbers to four digits, so that machines agree. */
export const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, v) => (typeof v === "number" ? Number(v.toPrecision(4)) : v));

/** The committed specification of this name. */
export const golden = async (name: string): Promise<unknown> =>
  rounded(await readJson(path.join(fixtures, "figures", `${name}.plotly.json`)));
