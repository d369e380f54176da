// H [n · n] of Eq. 4, float64, on JavaScript's own memory. Each value is computed as JavaScript would: the same bytes.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>
#include "arrays.h"
#include "lanes.h"
#include "parallel.h"

// No multiplication and addition in one: it would round once where JavaScript rounds twice.
#ifdef __clang__
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

// both[j] += how many bits `own` and other[j] share.
inline __attribute__((always_inline)) void addShared(uint64_t own, const uint64_t* other, int64_t n, int64_t* both) {
  for (int64_t j = 0; j < n; j++) both[j] += __builtin_popcountll(own & other[j]);
}
#ifdef __AVX512F__
__attribute__((target("avx512vpopcntdq"))) void addSharedByVector(uint64_t own, const uint64_t* other, int64_t n,
                                                                  int64_t* both) {
  addShared(own, other, n, both);
}
#endif
void addSharedPlain(uint64_t own, const uint64_t* other, int64_t n, int64_t* both) { addShared(own, other, n, both); }

// The fastest of them here.
auto sharedBits() {
#ifdef __AVX512F__
  if (__builtin_cpu_supports("avx512vpopcntdq")) return addSharedByVector;
#endif
  return addSharedPlain;
}

// moveCoFiring(H, f [m · n], beta): H ← βH + (1 − β)(on how many of the m rows both f_i and f_j are above 0 / m)
void moveCoFiring(const Call& call) {
  const Array H = call.array(0), f = call.array(1);
  const double beta = call.number(2);
  const int64_t n = std::llround(std::sqrt(H.size));
  require(n > 0 && H.size == static_cast<size_t>(n * n) && f.size % n == 0, "moveCoFiring: sizes differ");
  const int64_t rows = f.size / n, words = (rows + 63) / 64;
  std::vector<uint64_t> fired(n * words);  // a bit for each row, word after word of all features
  for (int64_t row = 0; row < rows; row++) {
    uint64_t* word = &fired[row / 64 * n];
    for (int64_t i = 0; i < n; i++) word[i] |= uint64_t(f.floats()[row * n + i] > 0) << (row % 64);
  }
  std::vector<double> product(rows + 1);  // what each count moves H by
  for (int64_t count = 0; count <= rows; count++) product[count] = (1 - beta) * (double(count) / rows);
  parallel(n, [&](int64_t from, int64_t end) {
    const auto add = sharedBits();
    std::vector<int64_t> both(n);
    for (int64_t i = from; i < end; i++) {
      std::fill(both.begin(), both.end(), 0);
      for (int64_t w = 0; w < words; w++) add(fired[w * n + i], &fired[w * n], n, both.data());
      double* h = H.doubles() + i * n;
      for (int64_t j = 0; j < n; j++) h[j] = beta * h[j] + product[both[j]];
    }
  });
}

// moveTowards(H, products, beta, divisor): H ← βH + (1 − β)(products / divisor)
void moveTowards(const Call& call) {
  const Array H = call.array(0), products = call.array(1);
  const double beta = call.number(2), divisor = call.number(3);
  require(H.size == products.size, "moveTowards: sizes differ");
  double* h = H.doubles();
  const float* p = products.floats();
  parallel((H.size + 4095) / 4096, [&](int64_t from, int64_t to) {
    const int64_t end = std::min<int64_t>(to * 4096, H.size);
    for (int64_t at = from * 4096; at < end; at++) h[at] = beta * h[at] + (1 - beta) * (p[at] / divisor);
  });
}

// Calls visit(j) for the places of values that are not below the bound, in order.
template <typename Visit>
void visitNotBelow(const double* row, int64_t n, double bound, Visit visit) {
  int64_t j = 0;
#ifdef __AVX512F__
  for (const __m512d bounds = _mm512_set1_pd(bound); j + 8 <= n; j += 8)
    for (uint32_t bits = _mm512_cmp_pd_mask(_mm512_loadu_pd(row + j), bounds, _CMP_GE_OQ); bits; bits &= bits - 1)
      visit(j + __builtin_ctz(bits));
#endif
  for (; j < n; j++)
    if (row[j] >= bound) visit(j);
}

// countAbove(H, theta, counts [n]): of each row, without its diagonal
void countAbove(const Call& call) {
  const Array H = call.array(0), counts = call.array(2);
  const double theta = call.number(1);
  const int64_t n = counts.size;
  require(H.size == static_cast<size_t>(n * n), "countAbove: sizes differ");
  parallel(n, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i++) {
      const double* row = H.doubles() + i * n;
      int64_t count = 0;
      for (int64_t j = 0; j < n; j++) count += row[j] > theta;
      counts.integers()[i] = count - (row[i] > theta);
    }
  });
}

// strongest(H, starts [n + 1], members, bounds [n]): members[starts[i] … starts[i + 1]) are the columns j ≠ i of largest H_ij
// of row i; of equals the lower. None of them is below bounds[i].
void strongest(const Call& call) {
  const Array H = call.array(0), starts = call.array(1), members = call.array(2), bounds = call.array(3);
  const int64_t n = bounds.size;
  require(H.size == static_cast<size_t>(n * n) && starts.size == static_cast<size_t>(n + 1), "strongest: sizes differ");
  const int32_t* start = starts.integers();
  require(static_cast<size_t>(start[n]) <= members.size, "strongest: no room for the members");
  std::atomic<bool> lacking{false};  // threads may not throw
  parallel(n, [&](int64_t from, int64_t end) {
    std::vector<int32_t> found(n);
    for (int64_t i = from; i < end; i++) {
      const double* row = H.doubles() + i * n;
      const double bound = bounds.doubles()[i];
      const int64_t wanted = start[i + 1] - start[i];
      int64_t count = 0;
      visitNotBelow(row, n, bound, [&](int64_t j) {
        if (j != i) found[count++] = j;
      });
      if (wanted < 0 || wanted > count) {
        lacking = true;
        continue;
      }
      const auto before = [row](int32_t a, int32_t b) { return row[a] > row[b] || (row[a] == row[b] && a < b); };
      if (wanted < count) std::nth_element(found.begin(), found.begin() + wanted, found.begin() + count, before);
      std::copy_n(found.begin(), wanted, members.integers() + start[i]);
    }
  });
  require(!lacking, "strongest: fewer values than members wanted");
}

}  // namespace

void exportCoactivation(napi_env env, napi_value exports) {
  exportFunction<moveCoFiring>(env, exports, "moveCoFiring");
  exportFunction<moveTowards>(env, exports, "moveTowards");
  exportFunction<countAbove>(env, exports, "countAbove");
  exportFunction<strongest>(env, exports, "strongest");
}
