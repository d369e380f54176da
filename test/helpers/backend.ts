import assert from "node:assert/strict";
import { before } from "node:test";
import { chooseBackend } from "../../src/backend/choose.js";

/**
 * Tests that compute call this first: the backend is the one SNC_BACKEND names, else the best there is. It must be on
 * SNC_TEST_DEVICE where that is set, so that a suite meant for a GPU does not pass on a CPU.
 */
export const withBackend = (): void =>
  before(async () => {
    const { device } = await chooseBackend();
    assert.equal(device, process.env.SNC_TEST_DEVICE ?? device);
  });
