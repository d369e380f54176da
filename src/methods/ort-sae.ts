import { orthogonalChunks } from "../mechanisms/index.js";
import { batchTopK } from "./batch-top-k.js";
import type { MethodMaker } from "./maker.js";

/** BatchTopK whose decoder rows are pushed away from the most similar one of their chunk (OrtSAE, arXiv 2509.22033). */
export const ortSae: MethodMaker = (options) => ({ ...batchTopK(options), directions: orthogonalChunks() });
