// Sixteen floats at a time: one AVX-512 register, or what the compiler makes of it.
#pragma once
#include <cstdint>

constexpr int64_t lanes = 16;
typedef float Lanes __attribute__((vector_size(64)));
typedef float UnalignedLanes __attribute__((vector_size(64), aligned(4), may_alias));

inline Lanes load(const float* from) { return *reinterpret_cast<const UnalignedLanes*>(from); }
inline void store(float* to, Lanes value) { *reinterpret_cast<UnalignedLanes*>(to) = value; }
inline Lanes all(float value) { return Lanes{} + value; }

// Sum of the lanes, in an order that does not depend on the machine.
inline float sum(Lanes x) {
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) x[i] += x[i + half];
  return x[0];
}

// x · y, sixty-four partial sums at a time.
inline float dot(const float* x, const float* y, int64_t n) {
  Lanes sums[4] = {};
  int64_t k = 0;
  for (; k + 4 * lanes <= n; k += 4 * lanes)
    for (int64_t l = 0; l < 4; l++) sums[l] += load(x + k + l * lanes) * load(y + k + l * lanes);
  float rest = 0;
  for (; k < n; k++) rest += x[k] * y[k];
  return sum((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}
