// What of a batch's features fires, counted on JavaScript's own memory.
#include <algorithm>
#include <vector>
#include "arrays.h"
#include "parallel.h"

namespace {

// countFiring(f [m · n], firing [n], squares [n], l0 [m]): on how many rows each column is above 0, Σ f² in float64 added in
// the order of the rows, and how many columns of each row are above 0
void countFiring(const Call& call) {
  const Array f = call.array(0), firing = call.array(1), squares = call.array(2), l0 = call.array(3);
  const int64_t n = firing.size, m = l0.size, part = 256;
  if (f.size != size_t(m * n) || squares.size != firing.size) throw std::invalid_argument("countFiring: sizes differ");
  const float* values = f.floats();
  int32_t *const fires = firing.integers(), *const ofRow = l0.integers();
  double* const square = squares.doubles();
  const int64_t parts = (n + part - 1) / part;
  std::vector<int32_t> inPart(parts * m);
  parallel(parts, [&](int64_t from, int64_t to) {
    for (int64_t p = from; p < to; p++) {
      const int64_t first = p * part, width = std::min(part, n - first);
      int32_t counts[part] = {};
      double sums[part] = {};
      for (int64_t b = 0; b < m; b++) {
        const float* row = values + b * n + first;
        int32_t active = 0;
        for (int64_t k = 0; k < width; k++) {
          const int32_t one = row[k] > 0;
          counts[k] += one;
          active += one;
          sums[k] += double(row[k]) * row[k];
        }
        inPart[p * m + b] = active;
      }
      std::copy_n(counts, width, fires + first);
      std::copy_n(sums, width, square + first);
    }
  });
  std::fill_n(ofRow, m, 0);
  for (int64_t p = 0; p < parts; p++)
    for (int64_t b = 0; b < m; b++) ofRow[b] += inPart[p * m + b];
}

}  // namespace

void exportFiring(napi_env env, napi_value exports) { exportFunction<countFiring>(env, exports, "countFiring"); }
