/** Takes two steps of a training for each argument, on vectors that are so many times as long: for what standard error says. */
import * as tf from "@tensorflow/tfjs";
import * as snc from "../../src/index.js";

snc.chooseBackend().then(() => {
  for (const factor of process.argv.slice(2).map(Number)) {
    const params = snc.initialParams(2, 3, 1);
    const state = snc.initialState(params, { random: [1, 2, 3, 4] });
    const batch = () => tf.tensor2d([factor, 0, 0, -factor], [2, 2]);
    const optimization = { ...snc.optimizationOf({ warmupSteps: 1 }), steps: 2 };
    for (const _ of snc.train(state, snc.run(0).method, batch, optimization));
  }
});
