import type { Reporter } from "../../base/progress.js";
import type { Activations } from "../../data/activations/scale.js";
import type { Profile } from "../../profiles.js";
import type { Run } from "../../runs.js";
import type { TrainingRecord } from "./record.js";

/**
 * When a training is measured: before the first step, at every interval and at the end, or at both ends alone, which takes the
 * same steps in half the time.
 */
export type MeasuredAt = "intervals" | "ends";

/** What is trained: one run on one layer with one seed, at a profile's size. */
export interface TrainingSpec {
  run: Run;
  layer: number;
  seed: number;
  profile: Profile;
  /** Number of features; as many as the activations are wide where it is not said. */
  d_sae?: number;
  /** Reading R15. */
  init: "tied" | "kaiming";
  /** Of a control that learns nothing: 0. The paper's where it is not said. */
  learningRate?: number;
  /** At intervals where it is not said. */
  measured?: MeasuredAt;
  /** `key` changes when the numbers do; they are loaded only if there is something to train. */
  activations: {
    key: string;
    /** The vectors, scaled. */
    load(): Promise<Activations>;
  };
}

/** How a training is gone about; nothing that its numbers depend on. */
export interface TrainingOptions {
  report?: Reporter;
  signal?: AbortSignal;
  /** Train although a finished training with this key is there. */
  force?: boolean;
  /**
   * Trainings that are due after this one. Those whose rules decide as this one's do, step for step, get its checkpoint, up to the
   * first step in which one does not: each goes on from there, to the bytes that it would have alone.
   */
  followers?: readonly TrainingSpec[];
}

/** When a training is measured. */
export interface MeasuredOption {
  /** Asked for at both ends, a training that was measured at every interval is taken as it is. */
  measured?: MeasuredAt;
}

/** Whether a training is a control. */
export interface ControlOption {
  /** Every step is taken, at a learning rate of 0: the mechanisms act, and no weight is learned. Kept in controls/untrained. */
  untrained?: boolean;
}

/** A finished training's folder and its run.json. */
export interface Training {
  folder: string;
  record: TrainingRecord;
  /** False when a finished training was found and nothing was computed. */
  isNew: boolean;
}
