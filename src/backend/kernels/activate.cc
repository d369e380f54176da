// SncActivate: what makes features of their pre-activations, in one pass.
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

}  // namespace

void registerActivate() { registerKernel<activate>("SncActivate", {"z: float", "bias: float", "alive: float"}, {"result: float"}); }
