import type { Reporter } from "../../base/progress.js";
import type { TokenSequences } from "../texts/tokens.js";
import type { CaptureReadings } from "./capture.js";

/** A folder of activations, and all that its vectors are captured with. */
export interface ActivationPlace {
  key: string;
  folder: string;
  /** What files say of where their vectors are from. */
  about: Record<string, string>;
  /** The model's file or folder. */
  model: string;
  /** Reads the sequences; makes them first, from inputs that are fetched, where they are not there. */
  tokens(): Promise<TokenSequences>;
  readings: CaptureReadings;
  layers: number[];
  report: Reporter;
  signal?: AbortSignal;
}
