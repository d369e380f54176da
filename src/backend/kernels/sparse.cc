// Matrix products that skip the zeros of one factor: features f and what hangs on them are mostly 0. Each output value is
// summed in the order of the zeros' index, in float32.
#include <algorithm>
#include <vector>
#include "lanes.h"
#include "parallel.h"
#include "tensorflow.h"

namespace {

// The entries of a matrix [rows, columns] that are not 0, row after row, or column after column.
struct Entries {
  std::vector<int64_t> starts;
  std::vector<int32_t> at;
  std::vector<float> value;
};

Entries byRow(const float* a, int64_t rows, int64_t columns) {
  Entries entries;
  entries.starts.reserve(rows + 1);
  entries.at.resize(rows * columns);
  entries.value.resize(rows * columns);
  int64_t count = 0;
  for (int64_t i = 0; i < rows; i++) {
    entries.starts.push_back(count);
    for (int64_t j = 0; j < columns; j++) {
      const float x = a[i * columns + j];
      entries.at[count] = j;
      entries.value[count] = x;
      count += x != 0;
    }
  }
  entries.starts.push_back(count);
  return entries;
}

Entries byColumn(const float* a, int64_t rows, int64_t columns) {
  const Entries given = byRow(a, rows, columns);
  Entries entries;
  const int64_t count = given.starts[rows];
  entries.starts.assign(columns + 1, 0);
  entries.at.resize(count);
  entries.value.resize(count);
  for (int64_t e = 0; e < count; e++) entries.starts[given.at[e] + 1]++;
  for (int64_t j = 0; j < columns; j++) entries.starts[j + 1] += entries.starts[j];
  std::vector<int64_t> next(entries.starts.begin(), entries.starts.end() - 1);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t e = given.starts[i]; e < given.starts[i + 1]; e++) {
      const int64_t place = next[given.at[e]]++;
      entries.at[place] = i;
      entries.value[place] = given.value[e];
    }
  return entries;
}

constexpr int64_t tileLanes = 4, tile = tileLanes * lanes;

// to[0 … width) = from + Σ value · B[at, column … column + width) over some entries; width ≤ tile.
void combine(const Entries& entries, int64_t row, const float* B, int64_t n, int64_t column, int64_t width,
             const float* from, float* to) {
  const int64_t first = entries.starts[row], last = entries.starts[row + 1];
  if (width == tile) {
    Lanes sums[tileLanes];
    for (int64_t l = 0; l < tileLanes; l++) sums[l] = from ? load(from + l * lanes) : Lanes{};
    for (int64_t e = first; e < last; e++) {
      const float* b = B + entries.at[e] * n + column;
      for (int64_t l = 0; l < tileLanes; l++) sums[l] += entries.value[e] * load(b + l * lanes);
    }
    for (int64_t l = 0; l < tileLanes; l++) store(to + l * lanes, sums[l]);
    return;
  }
  for (int64_t k = 0; k < width; k++) to[k] = from ? from[k] : 0;
  for (int64_t e = first; e < last; e++)
    for (int64_t k = 0; k < width; k++) to[k] += entries.value[e] * B[entries.at[e] * n + column + k];
}

// Columns of the result tile by tile, shared among threads; a tile of B stays in a core's cache.
template <typename Tile>
void overTiles(int64_t n, Tile ofTile) {
  parallel((n + tile - 1) / tile, [&](int64_t from, int64_t to) {
    for (int64_t column = from * tile; column < n && column < to * tile; column += tile)
      ofTile(column, std::min(tile, n - column));
  });
}

// A [m, k], mostly 0 · B [k, n] + c [n] → [m, n]
void timesDense(TF_OpKernelContext* context) {
  Tensor A, B, c, result;
  input(context, 0, A);
  input(context, 1, B);
  input(context, 2, c);
  const int64_t m = A.dim(0), n = B.dim(1);
  require(A.dim(1) == B.dim(0) && c.size() == n, "SncTimesDense: shapes do not match");
  output(context, 0, {m, n}, result);
  const Entries entries = byRow(A.data(), m, A.dim(1));
  overTiles(n, [&](int64_t column, int64_t width) {
    for (int64_t i = 0; i < m; i++)
      combine(entries, i, B.data(), n, column, width, c.data() + column, result.data() + i * n + column);
  });
}

// Aᵀ · B, A [batch, m] mostly 0, B [batch, n] → [m, n]
void transposedTimesDense(TF_OpKernelContext* context) {
  Tensor A, B, result;
  input(context, 0, A);
  input(context, 1, B);
  const int64_t m = A.dim(1), n = B.dim(1);
  require(A.dim(0) == B.dim(0), "SncTransposedTimesDense: shapes do not match");
  output(context, 0, {m, n}, result);
  const Entries entries = byColumn(A.data(), A.dim(0), m);
  overTiles(n, [&](int64_t column, int64_t width) {
    for (int64_t i = 0; i < m; i++)
      combine(entries, i, B.data(), n, column, width, nullptr, result.data() + i * n + column);
  });
}

// Bᵀ · A, B [batch, n], A [batch, m] mostly 0 → [n, m]: as above, then turned around block by block.
void denseTransposedTimes(TF_OpKernelContext* context) {
  Tensor B, A, result;
  input(context, 0, B);
  input(context, 1, A);
  const int64_t m = A.dim(1), n = B.dim(1);
  require(A.dim(0) == B.dim(0), "SncDenseTransposedTimes: shapes do not match");
  output(context, 0, {n, m}, result);
  const Entries entries = byColumn(A.data(), A.dim(0), m);
  overTiles(n, [&](int64_t column, int64_t width) {
    alignas(64) float block[lanes][tile];
    for (int64_t first = 0; first < m; first += lanes) {
      const int64_t rows = std::min(lanes, m - first);
      for (int64_t i = 0; i < rows; i++)
        combine(entries, first + i, B.data(), n, column, width, nullptr, block[i]);
      float* to = result.data() + column * m + first;
      for (int64_t k = 0; k < width; k++)
        for (int64_t i = 0; i < rows; i++) to[k * m + i] = block[i][k];
    }
  });
}

// (B · Wᵀ)_ij where A_ij is not 0, else 0: B [batch, n], W [m, n], A [batch, m] → [batch, m]
void sampled(TF_OpKernelContext* context) {
  Tensor B, W, A, result;
  input(context, 0, B);
  input(context, 1, W);
  input(context, 2, A);
  const int64_t batch = A.dim(0), m = A.dim(1), n = B.dim(1);
  require(B.dim(0) == batch && W.dim(0) == m && W.dim(1) == n, "SncSampled: shapes do not match");
  output(context, 0, {batch, m}, result);
  float* to = result.data();
  __builtin_memset(to, 0, sizeof(float) * batch * m);
  const Entries entries = byColumn(A.data(), batch, m);
  parallel(m, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i++)
      for (int64_t e = entries.starts[i]; e < entries.starts[i + 1]; e++)
        to[entries.at[e] * m + i] = dot(B.data() + entries.at[e] * n, W.data() + i * n, n);
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
  registerKernel<sampled>("SncSampled", {"b: float", "w: float", "a: float"}, {"result: float"});
  registerKernel<timesVector>("SncTimesVector", {"w: float", "x: float"}, {"result: float"});
}
