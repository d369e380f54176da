import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { Kernel } from "../../../src/notebook/kernel/kernel.js";
import { assertNothingLeft, workFolder } from "../../helpers/runner.js";

test("a kernel whose process the machine does not start is its fault, not the notebook's, and leaves nothing", async () => {
  const starting = Kernel.start({ cwd: path.join(workFolder, "none") });
  await assert.rejects(starting, { name: "SncError", failure: "environment", message: /ENOENT/ });
  await assertNothingLeft();
});
