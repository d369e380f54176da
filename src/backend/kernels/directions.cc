// What OrtSAE's penalty on decoder rows asks for: of each row the most similar other one, and pairs pulled apart.
#include <algorithm>
#include <limits>
#include <vector>
#include "lanes.h"
#include "parallel.h"
#include "tensorflow.h"

namespace {

typedef int32_t Places __attribute__((vector_size(registerBytes)));
constexpr float nothing = -std::numeric_limits<float>::infinity();

// The largest of some values and where it is, the lower of equals; −1 where there is none.
struct Largest {
  float value = nothing;
  int32_t at = -1;
  void offer(float other, int32_t place) {
    if (other > value || (other == value && place < at)) *this = {other, place};
  }
};

// Of x[from … n).
Largest largestIn(const float* x, int64_t from, int64_t n) {
  Largest largest;
  int64_t j = from;
  if (n - from >= lanes) {
    Lanes best = all(nothing);
    Places at = Places{} - 1, places;
    for (int k = 0; k < lanes; k++) places[k] = from + k;
    for (; j + lanes <= n; j += lanes, places += lanes) {
      const Lanes value = load(x + j);
      const auto above = value > best;
      best = above ? value : best;
      at = above ? places : at;
    }
    for (int k = 0; k < lanes; k++) largest.offer(best[k], at[k]);
  }
  for (; j < n; j++) largest.offer(x[j], j);
  return largest;
}

// products [m, n] of rows from `first` on with rows from `second` on; counted are those of a row with a later one → of each row the
// largest and with which of the n, of each column the largest and with which of the m; −∞ and −1 where there is none.
void largestOthers(TF_OpKernelContext* context) {
  Tensor products, where, ofRow, atRow, ofColumn, atColumn;
  input(context, 0, products);
  input(context, 1, where);
  require(products.rank() == 2 && where.size() == 2, "SncLargestOthers: a matrix and two numbers");
  const int64_t m = products.dim(0), n = products.dim(1), ahead = where.integers()[0] - where.integers()[1];
  output(context, 0, {m}, ofRow);
  output(context, 1, {m}, atRow, TF_INT32);
  output(context, 2, {n}, ofColumn);
  output(context, 3, {n}, atColumn, TF_INT32);
  const float* x = products.data();
  const auto writable = [](const Tensor& tensor) { return const_cast<int32_t*>(tensor.integers()); };
  parallel(m, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const Largest largest = largestIn(x + i * n, std::max<int64_t>(0, i + ahead + 1), n);
      ofRow.data()[i] = largest.value;
      writable(atRow)[i] = largest.at;
    }
  });
  parallel(n, [&](int64_t begin, int64_t end) {
    float* best = ofColumn.data();
    int32_t* at = writable(atColumn);
    std::fill(best + begin, best + end, nothing);
    std::fill(at + begin, at + end, -1);
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = std::max(begin, i + ahead + 1); j < end; j++) {
        const float value = x[i * n + j];
        at[j] = value > best[j] ? i : at[j];
        best[j] = value > best[j] ? value : best[j];
      }
  });
}

// units, norms [n], pairs i, j [p] and how much each is pulled [p] → with g_i = Σ pull · u_j over the pairs of i, in their order, and
// so for j: (g − (g · u) u) / norm [n, d]
void pullApart(TF_OpKernelContext* context) {
  Tensor units, norms, i, j, pulls, result;
  input(context, 0, units);
  input(context, 1, norms);
  input(context, 2, i);
  input(context, 3, j);
  input(context, 4, pulls);
  const int64_t n = units.dim(0), d = units.dim(1), pairs = i.size();
  require(norms.size() == n && j.size() == pairs && pulls.size() == pairs, "SncPullApart: shapes do not match");
  struct Pull {
    int32_t other;
    float times;
  };
  std::vector<std::vector<Pull>> ofRow(n);
  for (int64_t p = 0; p < pairs; p++) {
    const int32_t one = i.integers()[p], other = j.integers()[p];
    require(one >= 0 && one < n && other >= 0 && other < n, "SncPullApart: no such row");
    ofRow[one].push_back({other, pulls.data()[p]});
    ofRow[other].push_back({one, pulls.data()[p]});
  }
  output(context, 0, {n, d}, result);
  parallel(n, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row++) {
      float* __restrict g = result.data() + row * d;
      const float* __restrict u = units.data() + row * d;
      std::fill(g, g + d, 0.0f);
      for (const Pull& pull : ofRow[row]) {
        const float* __restrict v = units.data() + pull.other * d;
        for (int64_t k = 0; k < d; k++) g[k] += pull.times * v[k];
      }
      const float along = dot(g, u, d), norm = norms.data()[row];
      for (int64_t k = 0; k < d; k++) g[k] = (g[k] - along * u[k]) / norm;
    }
  });
}

}  // namespace

void registerDirections() {
  registerKernel<largestOthers>("SncLargestOthers", {"products: float", "where: int32"},
                                {"of_row: float", "at_row: int32", "of_column: float", "at_column: int32"});
  registerKernel<pullApart>("SncPullApart", {"units: float", "norms: float", "i: int32", "j: int32", "pulls: float"},
                            {"gradient: float"});
}
