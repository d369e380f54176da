import { before } from "node:test";
import { chooseBackend } from "../src/backend/choose.js";

/** Tests that compute call this first: the backend is the one SNC_BACKEND names, else the best there is. */
export const withBackend = (): void =>
  before(async () => {
    await chooseBackend();
  });
