// SncPut: values into a variable in place: rows, columns, single numbers.
#include <limits>
#include "tensorflow.h"

namespace {

// variable, values [count · n], places [count + 1] → nothing. Of each stretch of n values the first place, and last how many
// places on the next value goes.
void put(TF_OpKernelContext* context) {
  Tensor to, values, places;
  variable(context, 0, to);
  input(context, 1, values);
  input(context, 2, places);
  const int64_t count = places.size() - 1;
  require(count > 0 && values.size() % count == 0, "SncPut: as many values for each place");
  require(to.size() <= std::numeric_limits<int32_t>::max(), "SncPut: more places than can be told");
  const int64_t n = values.size() / count, distance = places.integers()[count];
  for (int64_t c = 0; c < count; c++) {
    const int64_t first = places.integers()[c];
    require(n > 0 && first >= 0 && distance > 0 && first + (n - 1) * distance < to.size(), "SncPut: no such places");
    for (int64_t k = 0; k < n; k++) to.data()[first + k * distance] = values.data()[c * n + k];
  }
}

}  // namespace

void registerPut() { registerKernel<put>("SncPut", {"variable: resource", "values: float", "places: int32"}, {}); }
