// SncKeepLargest: of each group of activations the k largest. Whole numbers only from the comparison on: no thread's rounding
// mode or flushing of tiny numbers can change what is kept.
#include <algorithm>
#include <limits>
#include <mutex>
#include <vector>
#include "lanes.h"
#include "parallel.h"
#include "tensorflow.h"

namespace {

// The bits of a float ≥ 0 without its sign, which are in the order of its size: 0 for 0 and −0, the largest for NaN.
typedef int32_t Keys __attribute__((vector_size(registerBytes)));
typedef int32_t UnalignedKeys __attribute__((vector_size(registerBytes), aligned(4), may_alias));
constexpr int32_t withoutSign = 0x7fffffff;
inline Keys loadKeys(const int32_t* from) { return *reinterpret_cast<const UnalignedKeys*>(from) & withoutSign; }

// Which of these keys are at least so large, the first in the lowest bit.
inline uint32_t atLeast(Keys keys, int32_t least) {
#if defined(__AVX512F__)
  return _mm512_cmpge_epi32_mask((__m512i)keys, _mm512_set1_epi32(least));
#elif defined(__AVX2__)
  return _mm256_movemask_ps((__m256)(keys >= least));
#else
  uint32_t bits = 0;
  for (int i = 0; i < lanes; i++) bits |= uint32_t(keys[i] >= least) << i;
  return bits;
#endif
}

// Calls visit(key, place) for the values from `from` to `end` whose keys are at least so large, in order.
template <typename Visit>
inline void visitAtLeast(const int32_t* x, int64_t from, int64_t end, int32_t least, Visit visit) {
  int64_t i = from;
  for (; i + lanes <= end; i += lanes)
    for (uint32_t bits = atLeast(loadKeys(x + i), least); bits; bits &= bits - 1) {
      const int64_t place = i + __builtin_ctz(bits);
      visit(x[place] & withoutSign, place);
    }
  for (; i < end; i++)
    if ((x[i] & withoutSign) >= least) visit(x[i] & withoutSign, i);
}

// A key's leading digit: its exponent and three bits more.
constexpr int digitShift = 20, digits = 1 << (31 - digitShift);

// How many keys above 0 there are of each leading digit. Digits below `floor` are no longer counted: k keys are not below it.
struct Counts {
  std::vector<int64_t> of = std::vector<int64_t>(digits);
  int64_t total = 0, floor = 0;

  void add(const int32_t* x, int64_t from, int64_t end, int64_t k) {
    constexpr int64_t block = 1024;
    for (; from < end; from += block) {
      visitAtLeast(x, from, std::min(from + block, end), std::max<int32_t>(floor << digitShift, 1), [&](int32_t key, int64_t) {
        of[key >> digitShift]++;
        total++;
      });
      while (total - of[floor] >= k) total -= of[floor++];
    }
  }
  // The digits from the highest floor on have been counted by all.
  void merge(const Counts& other) {
    for (int64_t digit = 0; digit < digits; digit++) of[digit] += other.of[digit];
    floor = std::max(floor, other.floor);
  }
};

// What is kept of a group: keys from `least` on, without the last `surplus` of those equal to it. Nothing where `least` is 0.
struct Cut {
  int32_t least = 0;
  int64_t surplus = 0;
};

// Where the k largest of n values end; `split` shares the work out as `parallel` does.
template <typename Split>
Cut cutOf(const int32_t* x, int64_t n, int64_t k, Split split) {
  if (k <= 0) return {};
  std::mutex mutex;
  Counts counts;
  split(n, [&](int64_t from, int64_t end) {
    Counts mine;
    mine.add(x, from, end, k);
    std::lock_guard<std::mutex> lock(mutex);
    counts.merge(mine);
  });
  int64_t digit = digits, above = 0;  // above: how many keys have a larger digit
  while (digit > counts.floor && above + counts.of[digit - 1] < k) above += counts.of[--digit];
  if (digit == counts.floor) {  // there are fewer than k above 0
    if (above == 0) return {};
    k = above;
    while (counts.of[digit] == 0) digit++;
    above -= counts.of[digit];
  } else {
    digit--;
  }
  std::vector<int32_t> keys;  // of that digit
  keys.reserve(counts.of[digit]);
  split(n, [&](int64_t from, int64_t end) {
    std::vector<int32_t> mine;
    const int32_t least = std::max<int32_t>(digit << digitShift, 1);
    visitAtLeast(x, from, end, least, [&](int32_t key, int64_t) {
      if (key >> digitShift == digit) mine.push_back(key);
    });
    std::lock_guard<std::mutex> lock(mutex);
    keys.insert(keys.end(), mine.begin(), mine.end());
  });
  const auto kth = keys.begin() + (k - above - 1);
  std::nth_element(keys.begin(), kth, keys.end(), std::greater<int32_t>());
  const int32_t least = *kth;
  return {least, std::count(kth + 1, keys.end(), least)};
}

// The values that a cut keeps, 0 elsewhere, from `from` to `end`; `surplus` is left to `dropLast`.
void keepFrom(const int32_t* x, int32_t* to, int64_t from, int64_t end, int32_t least) {
  int64_t i = from;
  for (; i + lanes <= end; i += lanes) {
    const Keys kept = loadKeys(x + i) >= least;
    *reinterpret_cast<UnalignedKeys*>(to + i) = kept & *reinterpret_cast<const UnalignedKeys*>(x + i);
  }
  for (; i < end; i++) to[i] = (x[i] & withoutSign) >= least ? x[i] : 0;
}

// Ties go to the lower place: the last ones are not kept.
void dropLast(int32_t* kept, int64_t n, Cut cut) {
  for (int64_t i = n - 1; cut.surplus > 0; i--)
    if ((kept[i] & withoutSign) == cut.least) {
      kept[i] = 0;
      cut.surplus--;
    }
}

template <typename Split>
int32_t keepInGroup(const int32_t* x, int32_t* to, int64_t n, int64_t k, Split split) {
  const Cut cut = cutOf(x, n, k, split);
  const int32_t least = cut.least > 0 ? cut.least : std::numeric_limits<int32_t>::max();
  split(n, [&](int64_t from, int64_t end) { keepFrom(x, to, from, end, least); });
  if (cut.least > 0) dropLast(to, n, cut);
  return cut.least;
}

// raw [batch, n] ≥ 0, numbers: k and how many rows make a group → of each group the k largest above 0, ties to the lower row,
// then the lower place, the rest 0 [batch, n]; and the smallest that is kept, 0 where nothing is. NaN counts as the largest.
void keepLargest(TF_OpKernelContext* context) {
  Tensor raw, numbers, result, smallest;
  input(context, 0, raw);
  input(context, 1, numbers);
  require(raw.rank() == 2 && numbers.size() == 2, "SncKeepLargest: a matrix and two numbers");
  const int64_t batch = raw.dim(0), n = raw.dim(1), k = numbers.integers()[0], rows = numbers.integers()[1];
  require(k >= 0 && rows > 0 && batch % rows == 0, "SncKeepLargest: no such groups");
  output(context, 0, {batch, n}, result);
  output(context, 1, {}, smallest);
  const int64_t groups = batch / rows, size = rows * n;
  const int32_t* x = raw.integers();
  int32_t* to = reinterpret_cast<int32_t*>(result.data());
  std::vector<int32_t> least(groups);
  if (groups == 1)
    least[0] = keepInGroup(x, to, size, k, parallel);
  else
    parallel(groups, [&](int64_t first, int64_t last) {
      const auto alone = [](int64_t count, auto work) { work(0, count); };
      for (int64_t g = first; g < last; g++) least[g] = keepInGroup(x + g * size, to + g * size, size, k, alone);
    });
  int32_t of = 0;
  for (int32_t one : least)
    if (one > 0 && (of == 0 || one < of)) of = one;
  __builtin_memcpy(smallest.data(), &of, sizeof of);
}

}  // namespace

void registerKeep() {
  registerKernel<keepLargest>("SncKeepLargest", {"raw: float", "numbers: int32"}, {"kept: float", "smallest: float"});
}
