import assert from "node:assert/strict";
import { before } from "node:test";
import { chooseBackend } from "../../src/backend/choose.js";
import { cpuLevel } from "../../src/backend/kernels.js";

/**
 * Tests that compute call this first: the backend is the one SNC_BACKEND names, else the best there is. It must be on
 * SNC_TEST_DEVICE where that is set, so that a suite meant for a GPU does not pass on a CPU; and it must have this package's
 * kernels where a processor can have them, unless SNC_KERNELS=off says that plain operations are meant.
 */
export const withBackend = (): void =>
  before(async () => {
    const { name, device, kernels } = await chooseBackend();
    assert.equal(device, process.env.SNC_TEST_DEVICE ?? device);
    const meansKernels = name === "native" && device === "cpu" && cpuLevel() !== undefined;
    if (meansKernels && process.env.SNC_KERNELS !== "off")
      assert.notEqual(kernels, "none", "expected kernels of these sources, found none. Run: npx snc setup");
  });
