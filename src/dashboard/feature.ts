import type { TokenPlaces } from "../data/activations/places.js";

/** Tokens of one sequence around one of them, with the feature's activation on each. */
export interface Excerpt {
  sequence: number;
  /** Of the token that the excerpt is about, in its sequence, from 0. */
  position: number;
  /** Position of the excerpt's first token. */
  from: number;
  tokens: number[];
  /** f of each of `tokens`; null where the vector was left out (R21: position 0, outliers): text without f. */
  activations: (number | null)[];
}

/** A token of the vocabulary and what the feature adds to its logit: units of h per unit of f. */
export interface LogitEffect {
  token: number;
  value: number;
}

/** Another feature, and how near it is: cosine of directions, or Pearson correlation of activations. */
export interface Neighbour {
  feature: number;
  value: number;
}

/** What became of a feature in its training; null where it is not known, as for an imported autoencoder. */
export interface Fate {
  prunedAt: number | null;
  startedAgainAt: number[];
  /** Share of its firings before the competition, r > 0, on which it lost: f < r. Null where nothing competes, or it never fires. */
  lostShare: number | null;
  /** Share of the steps in which it was in T_k. */
  inPairsShare: number | null;
}

/** What a page shows of one feature (docs/features.md). */
export interface FeatureNumbers {
  feature: number;
  isOff: boolean;
  /** Share of the tokens on which f > 0. */
  frequency: number;
  meanOverTokens: number;
  /** Null where it never fires. */
  meanWhereActive: number | null;
  largest: number;
  /** 50 equal bins from 0 to the largest, which falls in the last. */
  histogram: number[];
  /** For each source its share of Σf (0 where the feature never fires). */
  sourceShares: number[];
  top: Excerpt[];
  /** Five more from each fifth of (0, f of the last of `top`), lowest fifth first. */
  fifths: Excerpt[][];
  raised: LogitEffect[];
  lowered: LogitEffect[];
  nearestDecoder: Neighbour[];
  nearestActivation: Neighbour[];
  /** Cosine of its encoder column and its decoder row. */
  encoderDecoder: number;
  fate: Fate | null;
}

/** All features of one autoencoder on the tokens of one split. */
export interface Dashboard {
  /** Such as "Run 9, layer 14, seed 42". */
  title: string;
  sources: string[];
  /** For each source its share of the tokens. */
  tokenShares: number[];
  tokens: number;
  /** Places of the tokens, in the order of the activations. */
  places: TokenPlaces;
  features: FeatureNumbers[];
  /** Text of every token id that occurs in excerpts and logit effects; see TokenTexts. */
  modelName: string;
}
