// Loaded by Node: registers this package's operations with the TensorFlow that the process already has, and exports the hash of their sources.
#include <node_api.h>
#include <exception>

void exportCoactivation(napi_env env, napi_value exports);
void exportFiring(napi_env env, napi_value exports);
void exportSelection(napi_env env, napi_value exports);
void registerActivate();
void registerAdam();
void registerDecoder();
void registerDirections();
void registerKeep();
void registerNeighbours();
void registerPull();
void registerPut();
void registerSparse();

static napi_value load(napi_env env, napi_value exports) {
  try {
    registerActivate();
    registerAdam();
    registerDecoder();
    registerDirections();
    registerKeep();
    registerNeighbours();
    registerPull();
    registerPut();
    registerSparse();
    exportCoactivation(env, exports);
    exportFiring(env, exports);
    exportSelection(env, exports);
    napi_value id;
    if (napi_create_string_utf8(env, SNC_KERNELS_ID, NAPI_AUTO_LENGTH, &id) == napi_ok)
      napi_set_named_property(env, exports, "id", id);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}

NAPI_MODULE(snc_kernels, load)
