// H [n · n] of Eq. 4, float64, on JavaScript's own memory. Each value is computed as JavaScript would: the same bytes.
//
// What fires in a step is noted; a stretch of a row of H moves when something in it may have come to be what is asked for, by
// a bound. It then goes through all its steps in registers. All of H moves when there is no room for another step, or when
// its values are asked for.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
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

constexpr int64_t stretch = 256;  // columns that move together
constexpr int64_t tabled = 32;    // counts whose moves are looked up in registers

// One row's bits through some steps, and in which of them it fires less than `tabled` times.
struct Steps {
  int64_t count, words;
  std::vector<uint64_t> own;
  std::vector<uint8_t> few;
};

constexpr int64_t doubles = lanes / 2;  // to a register
typedef double Doubles __attribute__((vector_size(registerBytes)));

// The largest of n values, not below 0.
double largest(const double* x, int64_t n) {
  Doubles most = {};
  int64_t j = 0;
  for (; j + doubles <= n; j += doubles) {
    Doubles next;
    __builtin_memcpy(&next, x + j, sizeof next);
    most = next > most ? next : most;
  }
  double one = 0;
  for (int k = 0; k < doubles; k++) one = std::max(one, most[k]);
  for (; j < n; j++) one = std::max(one, x[j]);
  return one;
}

#ifdef __AVX512F__
// Thirty-two values of a row through all steps; `fired` are the bits of their columns, n to a word.
__attribute__((target("avx512vpopcntdq"))) void moveBlock(double* h, const Steps& steps, const uint64_t* fired, int64_t n,
                                                          const double* moves, double beta) {
  constexpr int registers = 4;
  __m512d table[tabled / 8], x[registers];
  for (int t = 0; t < tabled / 8; t++) table[t] = _mm512_loadu_pd(moves + 8 * t);
  for (int r = 0; r < registers; r++) x[r] = _mm512_loadu_pd(h + 8 * r);
  const __m512d betas = _mm512_set1_pd(beta);
  const __m512i upper = _mm512_set1_epi64(tabled / 2);
  const uint64_t* own = steps.own.data();
  for (int64_t s = 0; s < steps.count; s++) {
    __m512i both[registers] = {};
    for (int64_t w = 0; w < steps.words; w++, own++, fired += n)
      for (int r = 0; r < registers; r++)
        both[r] += _mm512_popcnt_epi64(_mm512_set1_epi64(*own) & _mm512_loadu_si512(fired + 8 * r));
    for (int r = 0; r < registers; r++) {
      const __m512d move = !steps.few[s] ? _mm512_i64gather_pd(both[r], moves, sizeof *moves)
                                         : _mm512_mask_blend_pd(_mm512_test_epi64_mask(both[r], upper),
                                                                _mm512_permutex2var_pd(table[0], both[r], table[1]),
                                                                _mm512_permutex2var_pd(table[2], both[r], table[3]));
      x[r] = betas * x[r] + move;
    }
  }
  for (int r = 0; r < registers; r++) _mm512_storeu_pd(h + 8 * r, x[r]);
}
#endif

// H and the steps noted of it: the object that each call has first.
struct Noted {
  const Array values, mosts, dones, bits, products;
  const double beta;
  const int64_t rows, words;  // of a batch, and of 64 bits that these take
  const int64_t steps;        // how many are noted
  const int64_t n, tiles;     // features; stretches of a row
  double* const H;
  double* const most;         // [n · tiles]: no value of the stretch is above it, but for the diagonal; infinite: not known
  int32_t* const done;        // [n · tiles]: how many of the steps H has there
  uint64_t* const fired;      // [room · words · n]: a bit for each row of a batch, word after word of all features, step after step
  const double* const moves;  // [rows + 1, at least `tabled`]: what each count of rows on which both fire moves H by

  explicit Noted(const Object& noted)
      : values(noted.array("H")), mosts(noted.array("most")), dones(noted.array("done")), bits(noted.array("fired")),
        products(noted.array("moves")), beta(noted.number("beta")), rows(noted.number("rows")), words((rows + 63) / 64),
        steps(noted.number("steps")),
        n(std::llround(std::sqrt(values.size))), tiles((n + stretch - 1) / stretch), H(values.doubles()), most(mosts.doubles()),
        done(dones.integers()), fired(bits.words()), moves(products.doubles()) {
    require(n > 0 && values.size == size_t(n * n) && mosts.size == size_t(n * tiles) && dones.size == mosts.size &&
                rows >= 0 && products.size >= size_t(std::max(rows + 1, tabled)) && steps >= 0 &&
                bits.size >= size_t(steps * words * n),
            "noted steps: sizes differ");
  }

  const double* row(int64_t i) const { return H + i * n; }
  int64_t end(int64_t tile) const { return std::min(n, (tile + 1) * stretch); }

  // Brings the stretches up to date that are `wanted`, of rows [from, to), and their bounds: now the largest value.
  template <typename Wanted>
  void bringUpToDate(int64_t from, int64_t to, Wanted wanted) const {
    Steps through{0, words, {}, {}};
    for (int64_t tile = 0; tile < tiles; tile++)  // what fired in a stretch stays in the cache from row to row
      for (int64_t i = from; i < to; i++) {
        const int64_t at = i * tiles + tile;
        if (!wanted(i, tile, most[at]) || (done[at] == steps && most[at] < std::numeric_limits<double>::infinity())) continue;
        if (done[at] < steps) move(i, tile, through);
        const int64_t first = tile * stretch, before = std::clamp(i, first, end(tile)), after = std::clamp(i + 1, first, end(tile));
        most[at] = std::max(largest(row(i) + first, before - first), largest(row(i) + after, end(tile) - after));
      }
  }

 private:
  void move(int64_t i, int64_t tile, Steps& through) const {
    int32_t& first = done[i * tiles + tile];
    const uint64_t* from = fired + first * words * n;
    through.count = steps - first;
    through.own.resize(steps * words);
    through.few.resize(steps);
    for (int64_t s = 0; s < through.count; s++) {
      int64_t fires = 0;
      for (int64_t w = s * words; w < (s + 1) * words; w++) fires += __builtin_popcountll(through.own[w] = from[w * n + i]);
      through.few[s] = fires < tabled;
    }
    double* h = H + i * n;
    int64_t j = tile * stretch;
#ifdef __AVX512F__
    static const bool vectors = __builtin_cpu_supports("avx512vpopcntdq");
    for (; vectors && j + 32 <= end(tile); j += 32) moveBlock(h + j, through, from + j, n, moves, beta);
#endif
    for (; j < end(tile); j++)
      for (int64_t s = 0; s < through.count; s++) {
        int64_t both = 0;
        for (int64_t w = s * words; w < (s + 1) * words; w++) both += __builtin_popcountll(through.own[w] & from[w * n + j]);
        h[j] = beta * h[j] + moves[both];
      }
    first = steps;
  }
};

// noteFiring(noted, f [rows · n]): one step more, H ← βH + moves[on how many of the rows both f_i and f_j are above 0]
void noteFiring(const Call& call) {
  const Noted noted(call.object(0));
  const Array f = call.array(1);
  const int64_t n = noted.n, words = noted.words, tiles = noted.tiles;
  require(f.size == size_t(noted.rows * n) && noted.bits.size >= size_t((noted.steps + 1) * words * n), "noteFiring: sizes differ");
  uint64_t* fired = noted.fired + noted.steps * words * n;
  std::fill_n(fired, words * n, 0);
  for (int64_t row = 0; row < noted.rows; row++) {
    uint64_t* word = fired + row / 64 * n;
    for (int64_t i = 0; i < n; i++) word[i] |= uint64_t(f.floats()[row * n + i] > 0) << (row % 64);
  }
  std::vector<int64_t> counts(n), most(tiles);
  for (int64_t i = 0; i < n; i++) {
    for (int64_t w = 0; w < words; w++) counts[i] += __builtin_popcountll(fired[w * n + i]);
    most[i / stretch] = std::max(most[i / stretch], counts[i]);
  }
  // Two fire together no more often than either does; rounding keeps the order.
  for (int64_t i = 0; i < n; i++)
    for (int64_t tile = 0; tile < tiles; tile++) {
      double& bound = noted.most[i * tiles + tile];
      if (bound < std::numeric_limits<double>::infinity())  // else β = 0 would make it NaN
        bound = noted.beta * bound + noted.moves[std::min(counts[i], most[tile])];
    }
}

// bringUpToDate(noted): all of H
void bringUpToDate(const Call& call) {
  const Noted noted(call.object(0));
  parallel(noted.n, [&](int64_t from, int64_t to) {
    noted.bringUpToDate(from, to, [](int64_t, int64_t, double) { return true; });
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

// countAbove(noted, theta, counts [n]): of each row, without its diagonal
void countAbove(const Call& call) {
  const Noted noted(call.object(0));
  const double theta = call.number(1);
  const Array counts = call.array(2);
  require(counts.size == size_t(noted.n), "countAbove: sizes differ");
  int32_t* to = counts.integers();
  parallel(noted.n, [&](int64_t from, int64_t end) {
    noted.bringUpToDate(from, end, [=](int64_t, int64_t, double most) { return most > theta; });
    for (int64_t i = from; i < end; i++) {
      const double* row = noted.row(i);
      to[i] = 0;
      for (int64_t tile = 0; tile < noted.tiles; tile++) {
        if (noted.most[i * noted.tiles + tile] <= theta) continue;
        int64_t count = 0;
        for (int64_t j = tile * stretch; j < noted.end(tile); j++) count += row[j] > theta;
        to[i] += count - (i / stretch == tile && row[i] > theta);
      }
    }
  });
}

// strongest(noted, starts [n + 1], members, bounds [n], lastStarts [n + 1], lastMembers): members[starts[i] … starts[i + 1]) are
// the columns j ≠ i of largest H_ij of row i; of equals the lower. None of them is below bounds[i], nor below what as many of
// the last members have come to.
void strongest(const Call& call) {
  const Noted noted(call.object(0));
  const Array starts = call.array(1), members = call.array(2),
              bounds = call.array(3), lastStarts = call.array(4),
              lastMembers = call.array(5);
  const int64_t n = noted.n, tiles = noted.tiles;
  require(bounds.size == size_t(n) && starts.size == size_t(n + 1) && lastStarts.size == starts.size, "strongest: sizes differ");
  const int32_t *start = starts.integers(), *lastStart = lastStarts.integers(), *last = lastMembers.integers();
  require(size_t(start[n]) <= members.size && size_t(lastStart[n]) <= lastMembers.size, "strongest: no room for the members");
  std::atomic<bool> lacking{false};  // threads may not throw
  parallel(n, [&](int64_t from, int64_t end) {
    std::vector<int32_t> found(n);
    std::vector<uint8_t> hasMember(tiles);
    for (int64_t i = from; i < end; i++) {
      const int64_t wanted = start[i + 1] - start[i];
      if (wanted < 0) lacking = true;
      if (wanted <= 0) continue;
      const double* row = noted.row(i);
      double bound = bounds.doubles()[i];
      if (lastStart[i + 1] - lastStart[i] >= wanted) {
        const int32_t *first = last + lastStart[i], *stop = first + wanted;
        std::fill(hasMember.begin(), hasMember.end(), 0);
        for (const int32_t* j = first; j < stop; j++) hasMember[*j / stretch] = 1;
        noted.bringUpToDate(i, i + 1, [&](int64_t, int64_t tile, double) { return hasMember[tile]; });
        double smallest = row[*first];
        for (const int32_t* j = first; j < stop; j++) smallest = std::min(smallest, row[*j]);
        bound = std::max(bound, smallest);
      }
      noted.bringUpToDate(i, i + 1, [=](int64_t, int64_t, double most) { return most >= bound; });
      int64_t count = 0;
      for (int64_t tile = 0; tile < tiles; tile++) {
        if (noted.most[i * tiles + tile] < bound) continue;
        visitNotBelow(row + tile * stretch, noted.end(tile) - tile * stretch, bound, [&](int64_t k) {
          if (tile * stretch + k != i) found[count++] = tile * stretch + k;
        });
      }
      if (wanted > count) {
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
  exportNumber(env, exports, "stretch", stretch);
  exportNumber(env, exports, "tabled", tabled);
  exportFunction<noteFiring>(env, exports, "noteFiring");
  exportFunction<bringUpToDate>(env, exports, "bringUpToDate");
  exportFunction<moveTowards>(env, exports, "moveTowards");
  exportFunction<countAbove>(env, exports, "countAbove");
  exportFunction<strongest>(env, exports, "strongest");
}
