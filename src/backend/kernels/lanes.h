// As many floats at a time as a register of the processor holds. Of wider ones than it has, the compiler keeps sums in memory,
// and they are added up ten times as slowly.
#pragma once
#include <cstdint>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
constexpr int64_t lanes = 16;
#elif defined(__AVX2__)
constexpr int64_t lanes = 8;
#else
constexpr int64_t lanes = 4;
#endif
constexpr int registerBytes = lanes * sizeof(float);
typedef float Lanes __attribute__((vector_size(registerBytes)));
typedef float UnalignedLanes __attribute__((vector_size(registerBytes), aligned(4), may_alias));

inline Lanes load(const float* from) { return *reinterpret_cast<const UnalignedLanes*>(from); }
inline void store(float* to, Lanes value) { *reinterpret_cast<UnalignedLanes*>(to) = value; }
// Not zeros + value: an addition that the compiler may not leave out, since −0 would become 0.
inline Lanes all(float value) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_set1_ps(value);
#elif defined(__AVX2__)
  return (Lanes)_mm256_set1_ps(value);
#else
  return Lanes{value, value, value, value};
#endif
}

// Which of these values are not 0, the first in the lowest bit; NaN is not 0.
inline uint32_t notZero(Lanes x) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
#elif defined(__AVX2__)
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)x, _mm256_setzero_ps(), _CMP_NEQ_UQ));
#else
  uint32_t bits = 0;
  for (int i = 0; i < lanes; i++) bits |= uint32_t(x[i] != 0) << i;
  return bits;
#endif
}

// Registers that hold sixteen floats: what is added up below is so in the same order on every machine.
constexpr int64_t ofSixteen = 16 / lanes;

// Sum of sixteen floats: the upper half is added to the lower one, again and again.
inline float sum(Lanes (&sixteen)[ofSixteen]) {
  for (int64_t half = ofSixteen / 2; half > 0; half /= 2)
    for (int64_t h = 0; h < half; h++) sixteen[h] += sixteen[h + half];
  Lanes x = sixteen[0];
#ifdef __AVX512F__
  return _mm512_reduce_add_ps((__m512)x);
#else
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) x[i] += x[i + half];
  return x[0];
#endif
}

// x · y, sixty-four partial sums at a time.
inline float dot(const float* x, const float* y, int64_t n) {
  constexpr int64_t registers = 4 * ofSixteen;
  Lanes sums[registers] = {};
  int64_t k = 0;
  for (; k + 64 <= n; k += 64)
    for (int64_t l = 0; l < registers; l++) sums[l] += load(x + k + l * lanes) * load(y + k + l * lanes);
  float rest = 0;
  for (; k < n; k++) rest += x[k] * y[k];
  Lanes sixteen[ofSixteen];
  for (int64_t h = 0; h < ofSixteen; h++)
    sixteen[h] = (sums[h] + sums[ofSixteen + h]) + (sums[2 * ofSixteen + h] + sums[3 * ofSixteen + h]);
  return sum(sixteen) + rest;
}

// x · y[0 … 4), thirty-two partial sums of each at a time: what is read of x serves as many as there are registers for.
inline void dots(const float* x, const float* const (&y)[4], int64_t n, float (&products)[4]) {
  constexpr int64_t together = 4 / ofSixteen, registers = 2 * ofSixteen;
  for (int64_t first = 0; first < 4; first += together) {
    Lanes sums[together][registers] = {};
    int64_t k = 0;
    for (; k + 32 <= n; k += 32)
      for (int64_t l = 0; l < registers; l++) {
        const Lanes shared = load(x + k + l * lanes);
        for (int64_t t = 0; t < together; t++) sums[t][l] += shared * load(y[first + t] + k + l * lanes);
      }
    for (int64_t t = 0; t < together; t++) {
      float rest = 0;
      for (int64_t r = k; r < n; r++) rest += x[r] * y[first + t][r];
      Lanes sixteen[ofSixteen];
      for (int64_t h = 0; h < ofSixteen; h++) sixteen[h] = sums[t][h] + sums[t][ofSixteen + h];
      products[first + t] = sum(sixteen) + rest;
    }
  }
}

// Rows become columns.
inline void transpose(Lanes (&x)[lanes]) {
#if defined(__AVX512F__)
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
#elif defined(__AVX2__)
  // Squares of one, two and four floats change places in turn.
  __m256 pairs[8], fours[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps((__m256)x[i], (__m256)x[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps((__m256)x[i], (__m256)x[i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int k = 0; k < 2; k++) {
      fours[i + 2 * k] = _mm256_shuffle_ps(pairs[i + k], pairs[i + 2 + k], 0x44);
      fours[i + 2 * k + 1] = _mm256_shuffle_ps(pairs[i + k], pairs[i + 2 + k], 0xee);
    }
  for (int i = 0; i < 4; i++) {
    x[i] = (Lanes)_mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
    x[i + 4] = (Lanes)_mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
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
