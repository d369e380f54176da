// Matrix products that skip the zeros of one factor: features f and what hangs on them are mostly 0. Each output value is
// summed in the order of the zeros' index, in float32.
#include <vector>
#include "entries.h"
#include "tensorflow.h"
#include "tiles.h"

namespace {

// Rows of a tile that a core's first cache has room for, beside the sums.
constexpr int64_t blockRows = 64;

// A [m, k], mostly 0 · B [k, n] + c [n] → [m, n]
void timesDense(TF_OpKernelContext* context) {
  Tensor A, B, c, result;
  input(context, 0, A);
  input(context, 1, B);
  input(context, 2, c);
  const int64_t m = A.dim(0), k = A.dim(1), n = B.dim(1);
  require(B.dim(0) == k && c.size() == n, "SncTimesDense: shapes do not match");
  output(context, 0, {m, n}, result);
  const Entries entries = byRow(A.data(), m, k);
  overTiles(n, [&](auto count, int64_t column, int64_t width) {
    constexpr int64_t L = count();
    Buffer block(blockRows * L * lanes), rows(m * L * lanes);
    for (int64_t i = 0; i < m; i++) pack<L>(c.data() + column, 1, n, width, rows + i * L * lanes);
    std::vector<int64_t> next(entries.starts.begin(), entries.starts.end() - 1);
    for (int64_t first = 0; first < k; first += blockRows) {
      const int64_t end = std::min(first + blockRows, k);
      pack<L>(B.data() + first * n + column, end - first, n, width, block);
      for (int64_t i = 0; i < m; i++) {
        const int64_t from = next[i];
        while (next[i] < entries.starts[i + 1] && entries.at[next[i]] < end) next[i]++;
        if (next[i] == from) continue;
        Lanes sums[L];
        float* row = rows + i * L * lanes;
        for (int64_t l = 0; l < L; l++) sums[l] = load(row + l * lanes);
        combine(sums, &entries.at[from], &entries.value[from], next[i] - from, block, first);
        for (int64_t l = 0; l < L; l++) store(row + l * lanes, sums[l]);
      }
    }
    for (int64_t i = 0; i < m; i++) std::copy_n(rows + i * L * lanes, width, result.data() + i * n + column);
  });
}

// Aᵀ · B, A [batch, m] mostly 0, B [batch, n] → [m, n]
void transposedTimesDense(TF_OpKernelContext* context) {
  Tensor A, B, result;
  input(context, 0, A);
  input(context, 1, B);
  const int64_t batch = A.dim(0), m = A.dim(1), n = B.dim(1);
  require(B.dim(0) == batch, "SncTransposedTimesDense: shapes do not match");
  output(context, 0, {m, n}, result);
  const Entries entries = byColumn(A.data(), batch, m);
  overTiles(n, [&](auto count, int64_t column, int64_t width) {
    constexpr int64_t L = count();
    Buffer block(batch * L * lanes);
    pack<L>(B.data() + column, batch, n, width, block);
    for (int64_t i = 0; i < m; i++) {
      const int64_t from = entries.starts[i];
      Lanes sums[L] = {};
      combine(sums, &entries.at[from], &entries.value[from], entries.starts[i + 1] - from, block);
      storeTile(sums, result.data() + i * n + column, width);
    }
  });
}

// Bᵀ · A, B [batch, n], A [batch, m] mostly 0 → [n, m]: as above, then turned around block by block.
void denseTransposedTimes(TF_OpKernelContext* context) {
  Tensor B, A, result;
  input(context, 0, B);
  input(context, 1, A);
  const int64_t batch = A.dim(0), m = A.dim(1), n = B.dim(1);
  require(B.dim(0) == batch, "SncDenseTransposedTimes: shapes do not match");
  output(context, 0, {n, m}, result);
  const Entries entries = byColumn(A.data(), batch, m);
  overTiles(n, [&](auto count, int64_t column, int64_t width) {
    constexpr int64_t L = count();
    Buffer block(batch * L * lanes);
    pack<L>(B.data() + column, batch, n, width, block);
    constexpr int64_t group = 16 * lanes;  // written in runs of so many floats
    Buffer sums(group * L * lanes);
    for (int64_t first = 0; first < m; first += group) {
      const int64_t rows = std::min(group, m - first);
      for (int64_t i = 0; i < rows; i++) {
        const int64_t from = entries.starts[first + i];
        Lanes row[L] = {};
        combine(row, &entries.at[from], &entries.value[from], entries.starts[first + i + 1] - from, block);
        for (int64_t l = 0; l < L; l++) store(sums + (i * L + l) * lanes, row[l]);
      }
      for (int64_t k = 0; k < width; k += lanes)
        turn(sums + k, rows, L * lanes, std::min(lanes, width - k), result.data() + (column + k) * m + first, m);
    }
  });
}

// ((B · Wᵀ)_ij + constant + D_ij) · E_ij where A_ij is not 0, else 0: B [batch, n], W [m, n], A, D, E [batch, m] → [batch, m]; D and E
// may be empty.
void sampled(TF_OpKernelContext* context) {
  Tensor B, W, A, constant, D, E, result;
  input(context, 0, B);
  input(context, 1, W);
  input(context, 2, A);
  const int64_t batch = A.dim(0), m = A.dim(1), n = B.dim(1);
  input(context, 3, constant);
  input(context, 4, D);
  input(context, 5, E);
  require(B.dim(0) == batch && W.dim(0) == m && W.dim(1) == n && constant.size() == 1, "SncSampled: shapes do not match");
  for (const Tensor* other : {&D, &E})
    require(other->size() == 0 || other->size() == batch * m, "SncSampled: shapes do not match");
  const float plus = *constant.data(), *also = D.size() ? D.data() : nullptr, *gain = E.size() ? E.data() : nullptr;
  output(context, 0, {batch, m}, result);
  float* to = result.data();
  __builtin_memset(to, 0, sizeof(float) * batch * m);
  const Entries entries = byColumn(A.data(), batch, m);
  const auto put = [&](int64_t at, float product) {
    const float value = product + plus + (also ? also[at] : 0);
    to[at] = gain ? value * gain[at] : value;
  };
  parallel(m, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i++) {
      const float* w = W.data() + i * n;
      const auto row = [&](int64_t e) { return B.data() + entries.at[e] * n; };
      int64_t e = entries.starts[i];
      for (; e + 4 <= entries.starts[i + 1]; e += 4) {
        const float* const rows[4] = {row(e), row(e + 1), row(e + 2), row(e + 3)};
        float products[4];
        dots(w, rows, n, products);
        for (int t = 0; t < 4; t++) put(entries.at[e + t] * m + i, products[t]);
      }
      for (; e < entries.starts[i + 1]; e++) put(entries.at[e] * m + i, dot(row(e), w, n));
    }
  });
}

// W · x: [m, n], [n] → [m]
void timesVector(TF_OpKernelContext* context) {
  Tensor W, x, result;
  input(context, 0, W);
  input(context, 1, x);
  const int64_t m = W.dim(0), n = W.dim(1);
  require(x.size() == n, "SncTimesVector: shapes do not match");
  output(context, 0, {m}, result);
  parallel(m, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) result.data()[i] = dot(W.data() + i * n, x.data(), n);
  });
}

}  // namespace

void registerSparse() {
  registerKernel<timesDense>("SncTimesDense", {"a: float", "b: float", "c: float"}, {"result: float"});
  registerKernel<transposedTimesDense>("SncTransposedTimesDense", {"a: float", "b: float"}, {"result: float"});
  registerKernel<denseTransposedTimes>("SncDenseTransposedTimes", {"b: float", "a: float"}, {"result: float"});
  registerKernel<sampled>("SncSampled", {"b: float", "w: float", "a: float", "constant: float", "d: float", "e: float"},
                          {"result: float"});
  registerKernel<timesVector>("SncTimesVector", {"w: float", "x: float"}, {"result: float"});
}
