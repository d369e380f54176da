// SncAdam: one Adam update of a variable in one pass over memory, with what §5.2 asks of decoder rows.
#include <cmath>
#include <vector>
#include "lanes.h"
#include "parallel.h"
#include "tensorflow.h"

namespace {

struct Constants {
  float rate, beta1, beta2, epsilon;  // rate and epsilon with the corrections of the step in them
  bool unitRows;
};

// One row of n values; returns Σ g². The compiler makes vectors of the plain loop.
float updateRow(float* __restrict w, float* __restrict m, float* __restrict v, const float* __restrict g, int64_t n,
                const Constants& c) {
  const float radial = c.unitRows ? dot(g, w, n) : 0;
  for (int64_t k = 0; k < n; k++) {
    const float gradient = g[k] - radial * w[k];
    m[k] += (gradient - m[k]) * (1 - c.beta1);
    v[k] += (gradient * gradient - v[k]) * (1 - c.beta2);
    w[k] -= c.rate * m[k] / (std::sqrt(v[k]) + c.epsilon);
  }
  if (c.unitRows) {
    const float norm = std::sqrt(dot(w, w, n));
    for (int64_t k = 0; k < n; k++) w[k] /= norm;
  }
  return dot(g, g, n);
}

// weight, m, v, gradient [rows, n] or [n], constants [5] → Σ gradient²
void adam(TF_OpKernelContext* context) {
  Tensor w, m, v, g, constants, squares;
  variable(context, 0, w);
  variable(context, 1, m);
  variable(context, 2, v);
  input(context, 3, g);
  input(context, 4, constants);
  require(constants.size() == 5, "SncAdam: five constants");
  require(w.size() == g.size() && m.size() == g.size() && v.size() == g.size(), "SncAdam: sizes differ");
  const float* k = constants.data();
  const Constants c{k[0], k[1], k[2], k[3], k[4] != 0};
  // A vector is cut into rows where rows do not matter.
  const int64_t n = g.rank() > 1 ? g.dim(g.rank() - 1) : g.size(), rows = n > 0 ? g.size() / n : 0;
  std::vector<double> ofRow(rows);
  parallel(rows, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++)
      ofRow[i] = updateRow(w.data() + i * n, m.data() + i * n, v.data() + i * n, g.data() + i * n, n, c);
  });
  double total = 0;
  for (double square : ofRow) total += square;
  output(context, 0, {}, squares);
  *squares.data() = static_cast<float>(total);
}

}  // namespace

void registerAdam() {
  registerKernel<adam>(
      "SncAdam", {"weight: resource", "m: resource", "v: resource", "gradient: float", "constants: float"},
      {"squares: float"});
}
