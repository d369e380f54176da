import { permutation, stream } from "../../src/base/random.js";
import type { Dashboard, Excerpt, Fate, FeatureNumbers } from "../../src/dashboard/feature.js";
import type { FeaturePair, Pairing } from "../../src/dashboard/matching.js";
import type { DashboardContent } from "../../src/dashboard/page-data.js";
import type { TokenBytes } from "../../src/model/tokenizer/token-bytes.js";
import { hostile } from "./made-up-report.js";

/** Texts of tokens: words, code, scripts that run to the left or combine, emoji, bytes of a character apart, and markup. */
const words: readonly (string | readonly number[])[] = [
  ..." the| of| and| a| model| in| that| feature| is| for|ing|ed|,|.| data|\n|\t| return|();|  |import| 2| theorem|'s".split(
    "|",
  ),
  ..." مرحبا| العالم| שלום| עולם| क्षि| नमस्ते| ก็| 日本|語| 🙂| 👩‍🚀|\u0301|\u0000|\u202e|\r\n".split("|"),
  [0xe2, 0x80],
  [0x99],
  [0xf0, 0x9f],
  [0x98, 0x80],
  hostile,
  "<b>",
  "&amp;",
  "</script>",
];
export const madeUpBytes: TokenBytes = (token) => {
  const word = words[token % words.length];
  const text = typeof word === "string" ? Buffer.from(word) : Uint8Array.from(word);
  return token < words.length ? text : Buffer.concat([text, Buffer.from(String(Math.floor(token / words.length)))]);
};

interface MadeUpSize {
  features?: number;
  sequences?: number;
  /** Of tokens of an excerpt, how many have f > 0: 0.4 is what features of Run 0 come to. */
  density?: number;
  /** How many excerpts of the strongest tokens, and of each fifth. */
  excerpts?: readonly [top: number, perFifth: number];
  title?: string;
  seed?: number;
}

const length = 128;
const sources = ["arxiv", "books", "github", "law", "medicine", "news", "stackexchange", "wikipedia"];

/** A dashboard of made-up numbers, as dense as a real one; the same seed gives the same. */
export function madeUpDashboard({
  features = 40,
  sequences = 40,
  density = 0.4,
  excerpts: [topCount, perFifth] = [20, 5],
  title = "Run 9, layer 14, seed 42",
  seed = 1,
}: MadeUpSize = {}): Dashboard {
  const { uniform: random, integer: whole } = stream(seed, "dashboard");
  const tokens = Int32Array.from({ length: sequences * length }, () =>
    random() < 0.7 ? whole(20) : whole(words.length * 8),
  );
  const kept = tokens.subarray(1).length; // position 0 of the first sequence alone is left out here
  const places = {
    source: Int8Array.from({ length: kept }, (_, i) => Math.floor((i + 1) / length) % sources.length),
    sequence: Int32Array.from({ length: kept }, (_, i) => Math.floor((i + 1) / length)),
    position: Int16Array.from({ length: kept }, (_, i) => (i + 1) % length),
    token: tokens.slice(1),
  };
  const excerpt = (f: number): Excerpt => {
    const [sequence, position] = [whole(sequences), 1 + whole(length - 1)];
    const [from, to] = [Math.max(0, position - 20), Math.min(length, position + 11)];
    return {
      ...{ sequence, position, from },
      tokens: [...tokens.subarray(sequence * length + from, sequence * length + to)],
      activations: Array.from({ length: to - from }, (_, i) => {
        if (from + i === 0) return null;
        return from + i === position ? f : random() < density ? f * random() : 0;
      }),
    };
  };
  const near = (feature: number): FeatureNumbers["nearestDecoder"] =>
    [0.7, 0.5, 0.4, 0.3, 0.2].map((value) => ({
      feature: (feature + 1 + whole(features - 1)) % features,
      value: value - 0.1 * random(),
    }));
  const effects = (sign: number): FeatureNumbers["raised"] =>
    Array.from({ length: 10 }, (_, i) => ({ token: whole(words.length * 8), value: sign * (1 - i / 12) }));
  const fate = (feature: number): Fate => ({
    prunedAt: feature % 9 === 4 ? 400 : null,
    startedAgainAt: feature % 11 === 3 ? [200, 300] : [],
    lostShare: random(),
    inPairsShare: random() / 10,
  });
  const one = (feature: number): FeatureNumbers => {
    const isOff = feature % 9 === 4;
    const largest = isOff ? 0 : 1 + 9 * random();
    const raw = sources.map(() => random() ** 3);
    const sum = raw.reduce((a, b) => a + b);
    return {
      ...{ feature, isOff, largest },
      frequency: isOff ? 0 : random() ** 2,
      meanOverTokens: isOff ? 0 : largest / 40,
      meanWhereActive: isOff ? null : largest / 6,
      histogram: Array.from({ length: 50 }, (_, i) => (isOff ? 0 : Math.round(3000 * Math.exp(-i / 5)))),
      sourceShares: raw.map((share) => (isOff ? 0 : share / sum)),
      top: isOff ? [] : Array.from({ length: topCount }, (_, i) => excerpt(largest * (1 - i / 60))),
      fifths: [1, 2, 3, 4, 5].map((n) =>
        isOff ? [] : Array.from({ length: perFifth }, () => excerpt(largest * 0.68 * ((n - random()) / 5))),
      ),
      raised: effects(1),
      lowered: effects(-1),
      nearestDecoder: isOff ? [] : near(feature),
      nearestActivation: isOff ? [] : near(feature),
      encoderDecoder: 0.3 + 0.6 * random(),
      fate: fate(feature),
    };
  };
  const all = Array.from({ length: features }, (_, feature) => one(feature));
  const tokenShares = sources.map(() => 1 / sources.length);
  return { title, sources, tokenShares, tokens: kept, places, features: all, modelName: "SmolLM2-135M" };
}

/** The same with all that its page shows. */
export function madeUpContent(size: MadeUpSize = {}): DashboardContent {
  const dashboard = madeUpDashboard(size);
  const probing = dashboard.features.map(({ feature }) =>
    feature % 5 === 0 ? { source: sources[feature % 8], weight: feature % 2 ? -0.6 : 1.2 } : null,
  );
  return { dashboard, bytesOf: madeUpBytes, probing };
}

/** Pairs of features of two trainings of as many: a third found again, a sixth split, some near, the rest far. */
export function madeUpPairing(features: number): Pairing {
  const order = permutation(stream(3, "pairing"), features);
  const matched: FeaturePair[] = Array.from(order, (b, a) => ({
    a,
    b,
    cosine: [0.95, 0.85, 0.62, 0.3, 0.2, 0.72][a % 6],
  }));
  const split = matched.filter(({ a }) => a % 6 === 5).map(({ a, b }) => ({ a, b: (b + 1) % features, cosine: 0.55 }));
  return { matched, near: [...matched.filter(({ cosine }) => cosine >= 0.5), ...split] };
}
