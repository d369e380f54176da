// The orthogonality penalty's derivative (Eq. 7): what the features of T_k pull on each other with.
#include <vector>
#include "tensorflow.h"
#include "tiles.h"

namespace {

// Values a stride apart from one feature to the next, in whole registers; `turn` reads full ones.
int64_t padded(int64_t n) { return (n + lanes - 1) / lanes * lanes; }

// Rows become columns: from [rows, columns], to as many rows as there are columns, padded(rows) apart; zeros behind.
void turnedInto(const float* from, int64_t rows, int64_t columns, float* to) {
  const int64_t stride = padded(rows);
  std::fill_n(to, columns * stride, 0.0f);
  for (int64_t k = 0; k + lanes <= columns; k += lanes) turn(from + k, rows, columns, lanes, to + k * stride, stride);
  for (int64_t k = columns / lanes * lanes; k < columns; k++)
    for (int64_t r = 0; r < rows; r++) to[k * stride + r] = from[r * columns + k];
}

// X [m, n], pairs i, j → [m, n]: for each pair sign(x_i · x_j) x_j is added to column i, and x_i so to column j.
void pull(TF_OpKernelContext* context) {
  Tensor X, is, js, result;
  input(context, 0, X);
  input(context, 1, is);
  input(context, 2, js);
  const int64_t m = X.dim(0), n = X.dim(1), pairs = is.size(), stride = padded(m);
  require(js.size() == pairs, "SncPull: sizes differ");
  output(context, 0, {m, n}, result);
  const int32_t *i = is.integers(), *j = js.integers();

  std::vector<int64_t> starts(n + 1);
  for (int64_t p = 0; p < pairs; p++) {
    require(i[p] >= 0 && i[p] < n && j[p] >= 0 && j[p] < n, "SncPull: no such column");
    starts[i[p] + 1]++;
    starts[j[p] + 1]++;
  }
  for (int64_t c = 0; c < n; c++) starts[c + 1] += starts[c];
  std::vector<int32_t> others(2 * pairs);
  std::vector<int64_t> next(starts.begin(), starts.end() - 1);
  for (int64_t p = 0; p < pairs; p++) {
    others[next[i[p]]++] = j[p];
    others[next[j[p]]++] = i[p];
  }

  Buffer columns(n * stride), pulls(padded(n) * stride);
  turnedInto(X.data(), m, n, columns);
  std::fill_n(static_cast<float*>(pulls), padded(n) * stride, 0.0f);
  parallel(n, [&](int64_t from, int64_t end) {
    for (int64_t c = from; c < end; c++) {
      const float* own = columns + c * stride;
      float* to = pulls + c * stride;
      for (int64_t o = starts[c]; o < starts[c + 1]; o++) {
        const float* other = columns + others[o] * stride;
        const float product = dot(own, other, stride);
        const float sign = product > 0 ? 1 : product < 0 ? -1 : 0;
        for (int64_t k = 0; k < stride; k += lanes) store(to + k, load(to + k) + sign * load(other + k));
      }
    }
  });
  for (int64_t k = 0; k < m; k += lanes)
    turn(pulls + k, n, stride, std::min(lanes, m - k), result.data() + k * n, n);
}

// products [m, n] of columns from `first` on with columns from `second` on → the sign of each, 0 where a column meets itself [m, n],
// and the sum of their sizes.
void signs(TF_OpKernelContext* context) {
  Tensor products, where, result, sum;
  input(context, 0, products);
  input(context, 1, where);
  require(products.rank() == 2 && where.size() == 2, "SncSigns: a matrix and two numbers");
  const int64_t m = products.dim(0), n = products.dim(1), ahead = where.integers()[0] - where.integers()[1];
  output(context, 0, {m, n}, result);
  output(context, 1, {}, sum);
  std::vector<double> ofRow(m);
  parallel(m, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i++) {
      const float* x = products.data() + i * n;
      float* to = result.data() + i * n;
      for (int64_t j = 0; j < n; j++) to[j] = float(x[j] > 0) - float(x[j] < 0);
      if (i + ahead >= 0 && i + ahead < n) to[i + ahead] = 0;
      ofRow[i] = dot(x, to, n);
    }
  });
  double total = 0;
  for (double size : ofRow) total += size;
  *sum.data() = static_cast<float>(total);
}

}  // namespace

void registerPull() {
  registerKernel<signs>("SncSigns", {"products: float", "where: int32"}, {"signs: float", "sum: float"});
  registerKernel<pull>("SncPull", {"x: float", "i: int32", "j: int32"}, {"result: float"});
}
