// What stands between a decoder's products where these take bfloat16: read and written in it, computed in float32.
#include <algorithm>
#include <cmath>
#include <vector>
#include "lanes.h"
#include "parallel.h"
#include "tensorflow.h"

namespace {

typedef uint32_t Words __attribute__((vector_size(registerBytes)));
typedef int32_t Integers __attribute__((vector_size(registerBytes)));
typedef uint16_t Halves __attribute__((vector_size(registerBytes / 2)));

template <typename To, typename From>
To bits(const From& from) {
  To to;
  static_assert(sizeof to == sizeof from, "as many bits");
  __builtin_memcpy(&to, &from, sizeof to);
  return to;
}

// bfloat16 values as floats, and floats rounded to the nearest, of two the even one.
Lanes widened(const uint16_t* from) {
  Halves halves;
  __builtin_memcpy(&halves, from, sizeof halves);
  return bits<Lanes>(__builtin_convertvector(halves, Words) << 16);
}
void storeRounded(uint16_t* to, Lanes x) {
  const Words word = bits<Words>(x), even = (word >> 16) & 1;
  const Words rounded = (word + 0x7fff + even) >> 16;
  const Halves halves = __builtin_convertvector(x == x ? rounded : Words{} + 0x7fc0, Halves);
  __builtin_memcpy(to, &halves, sizeof halves);
}

// Calls of(at, lanes) for whole registers of n values; what is left over goes through a padded copy.
template <typename Of>
void byLanes(const uint16_t* const (&from)[2], uint16_t* to, int64_t n, Of of) {
  int64_t k = 0;
  for (; k + lanes <= n; k += lanes) storeRounded(to + k, of(widened(from[0] + k), widened(from[1] + k)));
  if (k == n) return;
  uint16_t padded[3][lanes] = {};
  for (int i = 0; i < 2; i++) std::copy_n(from[i] + k, n - k, padded[i]);
  storeRounded(padded[2], of(widened(padded[0]), widened(padded[1])));
  std::copy_n(padded[2], n - k, to + k);
}

// eˣ to a few units of float32's last digit: 2ⁿ times a polynomial of what is left, |r| ≤ ln 2 / 2.
Lanes exponential(Lanes x) {
  x = x > 88.0f ? all(88) : x;
  x = x < -87.0f ? all(-87) : x;
  const Lanes shifted = x * 1.44269504f + 12582912.0f;  // the nearest whole number, in the last bits
  const Lanes n = shifted - 12582912.0f;
  const Lanes r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Lanes p = all(1.9875691500e-4f);
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f}) p = p * r + c;
  p = p * r * r + r + 1.0f;
  return bits<Lanes>(bits<Integers>(p) + (__builtin_convertvector(n, Integers) << 23));
}

Lanes sigmoid(Lanes x) { return 1.0f / (1.0f + exponential(-x)); }

// gate, up [rows, n] in bfloat16, kind [1] (0: SiLU, 1: GELU by tanh) → activation(gate) · up
void gated(TF_OpKernelContext* context) {
  Tensor gate, up, kind, result;
  input(context, 0, gate);
  input(context, 1, up);
  input(context, 2, kind);
  const int64_t rows = gate.dim(0), n = gate.dim(1);
  require(up.size() == gate.size() && kind.size() == 1, "SncGated: shapes do not match");
  const bool gelu = *kind.integers() == 1;
  output(context, 0, {rows, n}, result, TF_BFLOAT16);
  parallel(rows, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row++)
      byLanes({gate.halves() + row * n, up.halves() + row * n}, result.halves() + row * n, n, [=](Lanes g, Lanes u) {
        // ½ x (1 + tanh z) = x σ(2z)
        const Lanes z = gelu ? 1.59576912f * (g + 0.044715f * g * g * g) : g;
        return g * sigmoid(z) * u;
      });
  });
}

// x [rows, n], ε [1] → x / √(mean x² + ε) in bfloat16
void normed(TF_OpKernelContext* context) {
  Tensor x, epsilon, result;
  input(context, 0, x);
  input(context, 1, epsilon);
  const int64_t rows = x.dim(0), n = x.dim(1);
  require(epsilon.size() == 1, "SncNormed: one ε");
  output(context, 0, {rows, n}, result, TF_BFLOAT16);
  parallel(rows, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row++) {
      const float* from = x.data() + row * n;
      uint16_t* to = result.halves() + row * n;
      const float factor = 1 / std::sqrt(dot(from, from, n) / n + *epsilon.data());
      int64_t k = 0;
      for (; k + lanes <= n; k += lanes) storeRounded(to + k, load(from + k) * factor);
      float rest[lanes] = {};
      uint16_t rounded[lanes];
      std::copy_n(from + k, n - k, rest);
      storeRounded(rounded, load(rest) * factor);
      std::copy_n(rounded, n - k, to + k);
    }
  });
}

// Some heads of qkv [batch · length, all heads · d] in bfloat16, by head, rotated where cos and sin [1, length · d] are not empty;
// which {first head, heads, heads to a group, length, d} → [batch · heads / to a group, to a group · length, d]
void heads(TF_OpKernelContext* context) {
  Tensor qkv, cos, sin, which, result;
  input(context, 0, qkv);
  input(context, 1, cos);
  input(context, 2, sin);
  input(context, 3, which);
  require(which.size() == 5, "SncHeads: five numbers");
  const int32_t* w = which.integers();
  const int64_t from = w[0], count = w[1], each = w[2], length = w[3], d = w[4], width = qkv.dim(1);
  require(d > 0 && d % 2 == 0 && length > 0 && qkv.dim(0) % length == 0 && each > 0 && count % each == 0 && (from + count) * d <= width &&
              cos.size() == sin.size() && (cos.size() == 0 || cos.size() == length * d),
          "SncHeads: shapes do not match");
  const int64_t batch = qkv.dim(0) / length, half = d / 2;
  const bool turns = cos.size() > 0;
  output(context, 0, {batch * count / each, each * length, d}, result, TF_BFLOAT16);
  parallel(batch * count, [&](int64_t first, int64_t last) {
    std::vector<float> x(d), turned(d + lanes);
    for (int64_t at = first; at < last; at++)
      for (int64_t position = 0; position < length; position++) {
        const uint16_t* own = qkv.halves() + ((at / count) * length + position) * width + (from + at % count) * d;
        uint16_t* to = result.halves() + (at * length + position) * d;
        if (!turns) {
          std::copy_n(own, d, to);
          continue;
        }
        const float *c = cos.data() + position * d, *s = sin.data() + position * d;
        for (int64_t k = 0; k < d; k++) x[k] = bits<float>(uint32_t(own[k]) << 16);
        for (int64_t k = 0; k < half; k++) {
          turned[k] = x[k] * c[k] - x[k + half] * s[k];
          turned[k + half] = x[k + half] * c[k + half] + x[k] * s[k + half];
        }
        uint16_t rounded[lanes];
        for (int64_t k = 0; k < d; k += lanes) {
          storeRounded(rounded, load(turned.data() + k));
          std::copy_n(rounded, std::min(lanes, d - k), to + k);
        }
      }
  });
}

// By head [batch · heads · length, d in the last axis] in bfloat16, {heads, length} → [batch · length, heads · d]
void joinHeads(TF_OpKernelContext* context) {
  Tensor x, sizes, result;
  input(context, 0, x);
  input(context, 1, sizes);
  require(sizes.size() == 2, "SncJoinHeads: two numbers");
  const int64_t count = sizes.integers()[0], length = sizes.integers()[1], d = x.dim(x.rank() - 1);
  require(count > 0 && length > 0 && x.size() % (count * length * d) == 0, "SncJoinHeads: shapes do not match");
  const int64_t batch = x.size() / (count * length * d);
  output(context, 0, {batch * length, count * d}, result, TF_BFLOAT16);
  parallel(batch * count, [&](int64_t first, int64_t last) {
    for (int64_t at = first; at < last; at++)
      for (int64_t position = 0; position < length; position++)
        std::copy_n(x.halves() + (at * length + position) * d, d,
                    result.halves() + (((at / count) * length + position) * count + at % count) * d);
  });
}

}  // namespace

void registerDecoder() {
  registerKernel<gated>("SncGated", {"gate: bfloat16", "up: bfloat16", "kind: int32"}, {"result: bfloat16"});
  registerKernel<normed>("SncNormed", {"x: float", "epsilon: float"}, {"result: bfloat16"});
  registerKernel<heads>("SncHeads", {"qkv: bfloat16", "cos: float", "sin: float", "which: int32"}, {"result: bfloat16"});
  registerKernel<joinHeads>("SncJoinHeads", {"x: bfloat16", "sizes: int32"}, {"result: bfloat16"});
}
