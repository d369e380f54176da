/** Imported first, before a test asks for a backend: it gets WebAssembly. */
process.env.SNC_BACKEND = "wasm";
