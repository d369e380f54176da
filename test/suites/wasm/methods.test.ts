/** Other methods' traces on WebAssembly. */
import "../../helpers/on-wasm.js";
import "../../methods/parity.test.js";
