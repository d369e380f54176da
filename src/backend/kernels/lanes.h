// Sixteen floats at a time: one AVX-512 register, or what the compiler makes of it.
#pragma once
#include <cstdint>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

constexpr int64_t lanes = 16;
typedef float Lanes __attribute__((vector_size(64)));
typedef float UnalignedLanes __attribute__((vector_size(64), aligned(4), may_alias));

inline Lanes load(const float* from) { return *reinterpret_cast<const UnalignedLanes*>(from); }
inline void store(float* to, Lanes value) { *reinterpret_cast<UnalignedLanes*>(to) = value; }
inline Lanes all(float value) { return Lanes{} + value; }

// Which of sixteen values are not 0, the first in the lowest bit; NaN is not 0.
inline uint32_t notZero(Lanes x) {
#ifdef __AVX512F__
  return _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
#else
  uint32_t bits = 0;
  for (int i = 0; i < lanes; i++) bits |= uint32_t(x[i] != 0) << i;
  return bits;
#endif
}

// Sum of the lanes, in an order that does not depend on the machine.
inline float sum(Lanes x) {
#ifdef __AVX512F__
  return _mm512_reduce_add_ps((__m512)x);  // halves, as below
#else
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) x[i] += x[i + half];
  return x[0];
#endif
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

// x · y[0 … 4), each added up as if alone: what is read of x serves all four.
inline void dots(const float* x, const float* const (&y)[4], int64_t n, float (&products)[4]) {
  Lanes sums[4][2] = {};
  int64_t k = 0;
  for (; k + 2 * lanes <= n; k += 2 * lanes)
    for (int64_t l = 0; l < 2; l++) {
      const Lanes shared = load(x + k + l * lanes);
      for (int64_t t = 0; t < 4; t++) sums[t][l] += shared * load(y[t] + k + l * lanes);
    }
  for (int64_t t = 0; t < 4; t++) {
    float rest = 0;
    for (int64_t r = k; r < n; r++) rest += x[r] * y[t][r];
    products[t] = sum(sums[t][0] + sums[t][1]) + rest;
  }
}

// Rows become columns.
inline void transpose(Lanes (&x)[lanes]) {
#ifdef __AVX512F__
  for (int half = 8; half > 0; half /= 2) {
    typedef int Places __attribute__((vector_size(64)));
    Places upper, lower;  // counted on from one register to the other
    for (int k = 0; k < lanes; k++) {
      upper[k] = k & half ? lanes + k - half : k;
      lower[k] = k & half ? lanes + k : k + half;
    }
    for (int i = 0; i < lanes; i++) {
      if (i & half) continue;
      const __m512 a = (__m512)x[i], b = (__m512)x[i + half];
      x[i] = (Lanes)_mm512_permutex2var_ps(a, (__m512i)upper, b);
      x[i + half] = (Lanes)_mm512_permutex2var_ps(a, (__m512i)lower, b);
    }
  }
#else
  for (int i = 0; i < lanes; i++)
    for (int k = 0; k < i; k++) {
      const float kept = x[i][k];
      x[i][k] = x[k][i];
      x[k][i] = kept;
    }
#endif
}
