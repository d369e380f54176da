// The part of TensorFlow's C interface for kernels that is used here. Declared by hand: its own headers, tensorflow/c/
// kernels.h and kernels_experimental.h, include private ones that no build of the library needs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder* builder, TF_Status* status);
void TF_GetInput(TF_OpKernelContext* context, int i, TF_Tensor** tensor, TF_Status* status);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext* context, int i, TF_DataType type, const int64_t* dims, int count,
                             size_t bytes, TF_Status* status);
void TF_OpKernelContext_Failure(TF_OpKernelContext* context, TF_Status* status);
void TF_GetInputTensorFromVariable(TF_OpKernelContext* context, int input, bool lockHeld, bool isVariant, bool sparse,
                                   void (*copy)(TF_OpKernelContext*, TF_Tensor* from, TF_Tensor* to), TF_Tensor** out,
                                   TF_Status* status);
}

struct Status {
  TF_Status* status = TF_NewStatus();
  ~Status() { TF_DeleteStatus(status); }
  operator TF_Status*() const { return status; }
  void check() const {
    if (TF_GetCode(status) != TF_OK) throw std::runtime_error(TF_Message(status));
  }
};

// A tensor that a kernel holds while it computes.
struct Tensor {
  TF_Tensor* tensor = nullptr;
  Tensor() = default;
  Tensor(const Tensor&) = delete;
  ~Tensor() {
    if (tensor) TF_DeleteTensor(tensor);
  }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor)); }
  uint16_t* halves() const { return static_cast<uint16_t*>(TF_TensorData(tensor)); }  // of bfloat16
  const int32_t* integers() const { return static_cast<const int32_t*>(TF_TensorData(tensor)); }
  int64_t dim(int i) const { return TF_Dim(tensor, i); }
  int64_t rank() const { return TF_NumDims(tensor); }
  int64_t size() const { return TF_TensorElementCount(tensor); }
};

inline void input(TF_OpKernelContext* context, int i, Tensor& into) {
  Status status;
  TF_GetInput(context, i, &into.tensor, status);
  status.check();
}

// The buffer of a variable, to be written in place; TensorFlow copies it first where someone still reads it.
inline void variable(TF_OpKernelContext* context, int i, Tensor& into) {
  Status status;
  TF_GetInputTensorFromVariable(
      context, i, false, false, false,
      [](TF_OpKernelContext*, TF_Tensor* from, TF_Tensor* to) {
        __builtin_memcpy(TF_TensorData(to), TF_TensorData(from), TF_TensorByteSize(from));
        TF_DeleteTensor(from);  // both are ours: one left would make every later update copy again
        TF_DeleteTensor(to);
      },
      &into.tensor, status);
  status.check();
}

inline void output(TF_OpKernelContext* context, int i, std::initializer_list<int64_t> dims, Tensor& into,
                   TF_DataType type = TF_FLOAT) {
  Status status;
  size_t bytes = TF_DataTypeSize(type);
  for (int64_t dim : dims) bytes *= dim;
  into.tensor = TF_AllocateOutput(context, i, type, dims.begin(), dims.size(), bytes, status);
  status.check();
}

inline void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

using Compute = void (*)(TF_OpKernelContext*);

// Registers an operation and its kernel; what `compute` throws becomes the operation's error.
template <Compute compute>
void registerKernel(const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs) {
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(name);
  for (const char* spec : inputs) TF_OpDefinitionBuilderAddInput(op, spec);
  for (const char* spec : outputs) TF_OpDefinitionBuilderAddOutput(op, spec);
  TF_OpDefinitionBuilderSetIsStateful(op, true);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, [](TF_ShapeInferenceContext* context, TF_Status* status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  });
  Status status;
  TF_RegisterOpDefinition(op, status);
  status.check();
  auto run = [](void*, TF_OpKernelContext* context) {
    try {
      compute(context);
    } catch (const std::exception& error) {
      Status failed;
      TF_SetStatus(failed, TF_INVALID_ARGUMENT, error.what());
      TF_OpKernelContext_Failure(context, failed);
    }
  };
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", nullptr, run, nullptr), status);
  status.check();
}
