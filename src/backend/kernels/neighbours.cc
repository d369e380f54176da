// §4.2's competition: what each activation has to be compared with.
#include <algorithm>
#include "parallel.h"
#include "tensorflow.h"

namespace {

// The largest activation among the neighbours of each that is above 0, else 0: raw [batch, d_sae] ≥ 0, neighbours of
// feature i at members[starts[i] … starts[i + 1]) → [batch, d_sae]
void largestNeighbour(TF_OpKernelContext* context) {
  Tensor raw, starts, members, result;
  input(context, 0, raw);
  input(context, 1, starts);
  input(context, 2, members);
  const int64_t batch = raw.dim(0), d_sae = raw.dim(1);
  require(starts.size() == d_sae + 1, "SncLargestNeighbour: shapes do not match");
  const int32_t* from = starts.integers();
  const int32_t* who = members.integers();
  require(from[d_sae] <= members.size(), "SncLargestNeighbour: fewer members than said");
  output(context, 0, {batch, d_sae}, result);
  parallel(batch, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row++) {
      const float* a = raw.data() + row * d_sae;
      float* to = result.data() + row * d_sae;
      for (int64_t i = 0; i < d_sae; i++) {
        float largest[4] = {};  // four at a time: none waits for the one before
        if (a[i] > 0) {
          int64_t n = from[i];
          for (; n + 4 <= from[i + 1]; n += 4)
            for (int l = 0; l < 4; l++) largest[l] = std::max(largest[l], a[who[n + l]]);
          for (; n < from[i + 1]; n++) largest[0] = std::max(largest[0], a[who[n]]);
        }
        to[i] = std::max(std::max(largest[0], largest[1]), std::max(largest[2], largest[3]));
      }
    }
  });
}

}  // namespace

void registerNeighbours() {
  registerKernel<largestNeighbour>("SncLargestNeighbour", {"raw: float", "starts: int32", "members: int32"},
                                   {"largest: float"});
}
