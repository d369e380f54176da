// Functions on JavaScript's typed arrays, in place: what a rule keeps outside TensorFlow.
#pragma once
#include <node_api.h>
#include <cstdint>
#include <stdexcept>

struct Array {
  napi_typedarray_type type;
  size_t size;
  void* data;
  template <typename T>
  T* as(napi_typedarray_type wanted) const {
    if (type != wanted) throw std::invalid_argument("another kind of typed array was expected");
    return static_cast<T*>(data);
  }
  double* doubles() const { return as<double>(napi_float64_array); }
  float* floats() const { return as<float>(napi_float32_array); }
  int32_t* integers() const { return as<int32_t>(napi_int32_array); }
  uint64_t* words() const { return as<uint64_t>(napi_biguint64_array); }
};

// The arguments of a call, checked as they are taken.
struct Call {
  static constexpr size_t most = 16;
  napi_env env;
  size_t count = most;
  napi_value values[most];

  Call(napi_env env, napi_callback_info info) : env(env) {
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  Array array(size_t i) const {
    Array found;
    napi_value buffer;
    size_t offset;
    if (i >= count || napi_get_typedarray_info(env, values[i], &found.type, &found.size, &found.data, &buffer, &offset) != napi_ok)
      throw std::invalid_argument("a typed array was expected");
    return found;
  }
  double number(size_t i) const {
    double found;
    if (i >= count || napi_get_value_double(env, values[i], &found) != napi_ok)
      throw std::invalid_argument("a number was expected");
    return found;
  }
};

// Exports `compute`; what it throws becomes a JavaScript error.
template <void (*compute)(const Call&)>
void exportFunction(napi_env env, napi_value exports, const char* name) {
  napi_value function;
  auto run = [](napi_env env, napi_callback_info info) -> napi_value {
    try {
      compute(Call(env, info));
    } catch (const std::exception& error) {
      napi_throw_error(env, nullptr, error.what());
    }
    return nullptr;
  };
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, run, nullptr, &function) == napi_ok)
    napi_set_named_property(env, exports, name, function);
}
