// SncPut: values into a variable in place, at equal distances: a row, a column, one number.
#include "tensorflow.h"

namespace {

// variable, values [n], place {first, distance}
void put(TF_OpKernelContext* context) {
  Tensor to, values, place;
  variable(context, 0, to);
  input(context, 1, values);
  input(context, 2, place);
  require(place.size() == 2, "SncPut: the first place and the distance");
  const int64_t first = place.integers()[0], distance = place.integers()[1], n = values.size();
  require(n > 0 && first >= 0 && distance > 0 && first + (n - 1) * distance < to.size(), "SncPut: no such places");
  for (int64_t k = 0; k < n; k++) to.data()[first + k * distance] = values.data()[k];
}

}  // namespace

void registerPut() { registerKernel<put>("SncPut", {"variable: resource", "values: float", "place: int32"}, {}); }
