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

inline Array arrayOf(napi_env env, napi_value value) {
  Array found;
  napi_value buffer;
  size_t offset;
  if (napi_get_typedarray_info(env, value, &found.type, &found.size, &found.data, &buffer, &offset) != napi_ok)
    throw std::invalid_argument("a typed array was expected");
  return found;
}

inline double numberOf(napi_env env, napi_value value) {
  double found;
  if (napi_get_value_double(env, value, &found) != napi_ok) throw std::invalid_argument("a number was expected");
  return found;
}

// An object of arrays and numbers, checked as they are taken.
struct Object {
  napi_env env;
  napi_value object;

  Array array(const char* name) const { return arrayOf(env, property(name)); }
  double number(const char* name) const { return numberOf(env, property(name)); }

 private:
  napi_value property(const char* name) const {
    napi_value found;
    if (napi_get_named_property(env, object, name, &found) != napi_ok) throw std::invalid_argument("an object was expected");
    return found;
  }
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
  Array array(size_t i) const { return arrayOf(env, value(i)); }
  double number(size_t i) const { return numberOf(env, value(i)); }
  Object object(size_t i) const { return {env, value(i)}; }

 private:
  napi_value value(size_t i) const {
    if (i >= count) throw std::invalid_argument("another argument was expected");
    return values[i];
  }
};

// Exports a number that JavaScript has to know as well.
inline void exportNumber(napi_env env, napi_value exports, const char* name, int64_t value) {
  napi_value number;
  if (napi_create_int64(env, value, &number) == napi_ok) napi_set_named_property(env, exports, name, number);
}

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
