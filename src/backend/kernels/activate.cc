// What makes features of their pre-activations, and the way back, each in one pass.
#include "parallel.h"
#include "tensorflow.h"

namespace {

// z [batch, n], bias [n], alive [n] → max(z + bias, 0) · alive [batch, n]; NaN stays NaN
void activate(TF_OpKernelContext* context) {
  Tensor z, bias, alive, result;
  input(context, 0, z);
  input(context, 1, bias);
  input(context, 2, alive);
  const int64_t batch = z.dim(0), n = z.dim(1);
  require(bias.size() == n && alive.size() == n, "SncActivate: shapes do not match");
  output(context, 0, {batch, n}, result);
  const float *b = bias.data(), *on = alive.data();
  parallel(batch, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row++) {
      const float* from = z.data() + row * n;
      float* to = result.data() + row * n;
      for (int64_t i = 0; i < n; i++) {
        const float sum = from[i] + b[i];
        to[i] = (sum < 0 ? 0 : sum) * on[i];
      }
    }
  });
}

// (product + constant + D) · E where A is above 0, else 0: product, A, D, E [batch, n]; D and E may be empty → [batch, n]
void where(TF_OpKernelContext* context) {
  Tensor product, A, constant, D, E, result;
  input(context, 0, product);
  input(context, 1, A);
  input(context, 2, constant);
  input(context, 3, D);
  input(context, 4, E);
  const int64_t batch = A.dim(0), n = A.dim(1);
  require(product.size() == A.size() && constant.size() == 1, "SncWhere: shapes do not match");
  for (const Tensor* other : {&D, &E})
    require(other->size() == 0 || other->size() == A.size(), "SncWhere: shapes do not match");
  output(context, 0, {batch, n}, result);
  const float plus = *constant.data(), *x = product.data(), *a = A.data(), *also = D.size() ? D.data() : nullptr,
              *gain = E.size() ? E.data() : nullptr;
  float* to = result.data();
  parallel(batch, [&](int64_t first, int64_t last) {
    for (int64_t at = first * n; at < last * n; at++) {
      const float value = (x[at] + plus + (also ? also[at] : 0)) * (gain ? gain[at] : 1);
      to[at] = a[at] > 0 ? value : 0;
    }
  });
}

}  // namespace

void registerActivate() {
  registerKernel<activate>("SncActivate", {"z: float", "bias: float", "alive: float"}, {"result: float"});
  registerKernel<where>("SncWhere", {"product: float", "a: float", "constant: float", "d: float", "e: float"},
                        {"result: float"});
}
