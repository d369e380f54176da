import path from "node:path";
import type { Beside } from "../../measure/timing.js";
import type { TrainState } from "../../sae/state.js";
import { handOver, type Recorded } from "./checkpoint.js";
import { type Followed, type Follower, followed, mayFollow, newFollower } from "./followers.js";
import { placeOf } from "./place.js";
import type { TrainingSpec } from "./spec.js";

/** A training that others may follow: where its state stands, and what is recorded of it so far. */
interface Leader {
  resultSet: string;
  followers: readonly TrainingSpec[];
  state: TrainState;
  recorded: Pick<Recorded, "followers">;
  /** The file of its last checkpoint. */
  checkpoint: string;
}

/** The trainings that take the steps of another: asked at each, and given its last checkpoint where their ways part. */
export class Following {
  private constructor(private readonly all: { key: string; follower: Follower; part(): Promise<void> }[]) {}

  /** Those that can follow a training from where it stands: all from the start, later those of its checkpoint alone. */
  static async of(
    leader: TrainingSpec,
    { resultSet, followers, state, recorded, checkpoint }: Leader,
  ): Promise<Following> {
    const all: Following["all"] = [];
    for (const spec of followers) {
      if (!mayFollow(spec.run.method, leader.run.method)) continue;
      const { key, folder, run } = await placeOf(resultSet, spec);
      const from = recorded.followers?.[key];
      if (state.step > 0 && !from) continue;
      const about = { key, run, layer: spec.layer, seed: spec.seed, steps: spec.profile.steps };
      const part = () => handOver(checkpoint, path.join(folder, "checkpoint.bin"), about);
      all.push({ key, follower: newFollower(spec.run.method, state, from), part });
    }
    return new Following(all);
  }

  readonly beside: Beside = (method, aside) => {
    const followers = this.all.map(({ follower }) => follower);
    return followed(method, followers, aside);
  };

  get isFollowed(): boolean {
    return this.all.length > 0;
  }

  /** After a step, before the next checkpoint is written: who decided otherwise goes its own way from the last one. */
  partWithOthers(): Promise<void> {
    return this.partWith(({ follower }) => !follower.follows);
  }

  /** At the end, when the last checkpoint is written. */
  partWithAll(): Promise<void> {
    return this.partWith(() => true);
  }

  /** What the next checkpoint holds of them. */
  records(): Record<string, Followed> {
    return Object.fromEntries(this.all.map(({ key, follower: { own, thresholds } }) => [key, { own, thresholds }]));
  }

  private async partWith(leaves: (one: Following["all"][number]) => boolean): Promise<void> {
    for (const one of this.all.filter(leaves)) {
      this.all.splice(this.all.indexOf(one), 1);
      await one.part();
    }
  }
}
