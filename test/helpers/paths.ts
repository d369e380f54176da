import path from "node:path";
import { packageFolder } from "../../src/base/files.js";

/** The folder of test/fixtures. */
export const fixtures: string = path.join(packageFolder, "test", "fixtures");

/** The built command line, `snc`. */
export const program: string = path.join(packageFolder, "dist", "cli", "main.js");
