export { momentumImportance } from "./importance.js";
export { noInhibition, winnerTakesAll } from "./inhibit.js";
export {
  adaptiveRadius,
  adaptiveWindow,
  blocks,
  fixedRadius,
  momentumCoactivation,
  noCoactivation,
  noNeighbours,
  strongest,
  window,
} from "./neighbours.js";
export { noPairs, significantPairs, topPairs } from "./pairs.js";
export { noPruning, pruneCorrelated } from "./prune.js";
export { noReallocation, reallocateInactive } from "./reallocate.js";
export { adaptiveSparsity, constantSparsity } from "./sparsity.js";
export { adaptiveTau, constantTau } from "./tau.js";
