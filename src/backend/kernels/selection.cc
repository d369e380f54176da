// The pairs of features of largest correlation (Eq. 2), on JavaScript's own memory: the products of all pairs tile by tile,
// skipping the zeros of one factor, each looked at while it is in a register. Memory for a tile and for what is chosen.
#include <limits>
#include <mutex>
#include <vector>
#include "arrays.h"
#include "entries.h"
#include "tiles.h"

namespace {

typedef float HalfLanes __attribute__((vector_size(registerBytes / 2)));
typedef double Doubles __attribute__((vector_size(registerBytes)));

struct Pair {
  float c;
  int32_t i, j;
  // Larger c first; of equals the pair that comes first in row order.
  bool operator<(const Pair& other) const { return c != other.c ? c > other.c : isAbove(other); }
  bool isAbove(const Pair& other) const { return i != other.i ? i < other.i : j < other.j; }
};

// The `most` first of the pairs offered, and some more until there are twice as many.
class First {
 public:
  First(size_t most, double bound) : most(most), least(most > 0 ? bound : std::numeric_limits<double>::infinity()) {}

  void offer(Pair pair) {
    if (full ? !(pair < worst) : !(pair.c > least)) return;
    kept.push_back(pair);
    if (kept.size() >= 2 * most + 64) shrink();
  }
  void shrink() {
    if (kept.size() <= most) return;
    std::nth_element(kept.begin(), kept.begin() + most - 1, kept.end());
    kept.resize(most);
    worst = kept.back();
    least = worst.c;
    full = true;
  }

  size_t most;
  // Nothing below is wanted any more.
  double least;
  std::vector<Pair> kept;

 private:
  bool full = false;
  Pair worst{};
};

// Σ (c − shift) and Σ (c − shift)².
struct Sums {
  Doubles differences[2] = {}, squares[2] = {};
  double rest = 0, restSquares = 0;

  void add(const Lanes& c, double shift) {
    HalfLanes halves[2];
    __builtin_memcpy(halves, &c, sizeof c);
    for (int half = 0; half < 2; half++) {
      const Doubles difference = __builtin_convertvector(halves[half], Doubles) - shift;
      differences[half] += difference;
      squares[half] += difference * difference;
    }
  }
  void add(float c, double shift) {
    rest += c - shift;
    restSquares += (c - shift) * (c - shift);
  }
  void addTo(double& sum, double& sumOfSquares) const {
    const Doubles all = differences[0] + differences[1], allSquares = squares[0] + squares[1];
    double s = rest, q = restSquares;
    for (int k = 0; k < lanes / 2; k++) s += all[k], q += allSquares[k];
    sum += s;
    sumOfSquares += q;
  }
};

inline uint32_t notBelow(const Lanes& c, float bound) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)c, _mm512_set1_ps(bound), _CMP_GE_OQ);
#elif defined(__AVX2__)
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)c, _mm256_set1_ps(bound), _CMP_GE_OQ));
#else
  uint32_t bits = 0;
  for (int k = 0; k < lanes; k++) bits |= uint32_t(c[k] >= bound) << k;
  return bits;
#endif
}

// The features of a tile against all before them.
template <int64_t L>
void selectInTile(const Entries& byFeature, const float* block, int64_t column, int64_t width, double shift, First& first,
                  Sums& sums) {
  const int64_t end = column + width;
  for (int64_t i = 0; i < end - 1; i++) {
    const int64_t from = byFeature.starts[i];
    Lanes c[L] = {};
    combine(c, &byFeature.at[from], &byFeature.value[from], byFeature.starts[i + 1] - from, block);
    for (int64_t l = 0; l < L; l++) {
      const int64_t start = column + l * lanes;
      if (start > i && start + lanes <= end) {
        sums.add(c[l], shift);
        for (uint32_t bits = notBelow(c[l], first.least); bits; bits &= bits - 1) {
          const int k = __builtin_ctz(bits);
          first.offer({c[l][k], int32_t(i), int32_t(start + k)});
        }
      } else {
        for (int64_t j = std::max(i + 1, start); j < std::min(start + lanes, end); j++) {
          const float value = c[l][j - start];
          sums.add(value, shift);
          first.offer({value, int32_t(i), int32_t(j)});
        }
      }
    }
  }
}

// selectPairs(f [m · n] ≥ 0, divisors [n], bound, shift, i, j, c, results [3]): with c_ij = Σ_b f_bi f_bj / (divisor_i divisor_j)
// for i < j, the pairs of largest c_ij above the bound, as many as there is room for in i, j and c, in row order. Results:
// how many, Σ (c − shift) and Σ (c − shift)² over all pairs.
void selectPairs(const Call& call) {
  const Array f = call.array(0), divisors = call.array(1), is = call.array(4), js = call.array(5), cs = call.array(6),
              results = call.array(7);
  const double bound = call.number(2), shift = call.number(3);
  const int64_t n = divisors.size, m = n > 0 ? f.size / n : 0;
  if (n == 0 || f.size % n != 0 || is.size != js.size || is.size != cs.size || results.size != 3)
    throw std::invalid_argument("selectPairs: sizes differ");
  const double* lengths = divisors.doubles();
  Entries byFeature = byColumn(f.floats(), m, n);
  for (int64_t i = 0; i < n; i++)
    for (int64_t e = byFeature.starts[i]; e < byFeature.starts[i + 1]; e++) byFeature.value[e] /= lengths[i];

  std::mutex mutex;
  std::vector<First> idle;  // one for each thread: who begins a tile takes one
  std::vector<Sums> ofTile(n);
  overTiles(n, [&](auto count, int64_t column, int64_t width) {
    constexpr int64_t L = count();
    First first(is.size, bound);
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (!idle.empty()) {
        first = std::move(idle.back());
        idle.pop_back();
      }
    }
    Buffer block(m * L * lanes);
    pack<L>(f.floats() + column, m, n, width, block);
    for (int64_t b = 0; b < m; b++)
      for (int64_t k = 0; k < width; k++) block[b * L * lanes + k] /= lengths[column + k];
    selectInTile<L>(byFeature, block, column, width, shift, first, ofTile[column]);
    std::lock_guard<std::mutex> lock(mutex);
    idle.push_back(std::move(first));
  });

  First first(is.size, bound);
  for (First& of : idle) first.kept.insert(first.kept.end(), of.kept.begin(), of.kept.end());
  first.shrink();
  std::sort(first.kept.begin(), first.kept.end(), [](const Pair& a, const Pair& b) { return a.isAbove(b); });
  for (size_t p = 0; p < first.kept.size(); p++) {
    is.integers()[p] = first.kept[p].i;
    js.integers()[p] = first.kept[p].j;
    cs.floats()[p] = first.kept[p].c;
  }
  double* to = results.doubles();
  to[0] = first.kept.size();
  to[1] = to[2] = 0;
  for (const Sums& sums : ofTile) sums.addTo(to[1], to[2]);
}

}  // namespace

void exportSelection(napi_env env, napi_value exports) { exportFunction<selectPairs>(env, exports, "selectPairs"); }
