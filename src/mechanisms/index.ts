export { momentumImportance } from "./importance.js";
export { constantSparsity } from "./sparsity.js";
