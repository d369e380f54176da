import assert from "node:assert/strict";
import { test } from "node:test";
import { fateInShort, fateSentences } from "../../src/dashboard/fate.js";

const nothing = { prunedAt: null, startedAgainAt: [], lostShare: null, inPairsShare: null };
const on = { isOff: false, frequency: 0.1 };

test("a fate in a few words: pruned, started again, never firing, or nothing", () => {
  assert.equal(fateInShort({ isOff: true, frequency: 0, fate: { ...nothing, prunedAt: 400 } }), "pruned 400");
  assert.equal(fateInShort({ isOff: true, frequency: 0, fate: null }), "switched off");
  assert.equal(fateInShort({ ...on, fate: { ...nothing, startedAgainAt: [200, 300] } }), "restarted 300");
  assert.equal(fateInShort({ isOff: false, frequency: 0, fate: null }), "never fires");
  assert.equal(fateInShort({ ...on, fate: nothing }), "");
});

test("in sentences it tells steps and shares, and what is not known", () => {
  assert.deepEqual(
    fateSentences({
      ...on,
      fate: { prunedAt: null, startedAgainAt: [200, 300], lostShare: 0.25, inPairsShare: 0.001 },
    }),
    [
      "It was started again at step 200, 300.",
      "It lost the competition on 25\u00a0% of its firings.",
      "It was in T_k in 0.1\u00a0% of the steps.",
    ],
  );
  assert.deepEqual(fateSentences({ isOff: true, frequency: 0, fate: null }), [
    "It is switched off.",
    "Its training is not known.",
  ]);
  assert.deepEqual(fateSentences({ isOff: true, frequency: 0, fate: nothing }), ["It is switched off."]);
});
