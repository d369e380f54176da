/** Research of one's own on WebAssembly: trained, killed, resumed, saved, loaded and exported as on TensorFlow. */
import "../../helpers/on-wasm.js";
import "../../api/own-research.test.js";
