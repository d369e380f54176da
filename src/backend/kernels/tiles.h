// Dense matrices by tiles of columns, copied row after row into a core's first cache, where rows of a sparse factor pick
// from them. A value is summed in the order of the rows: it does not depend on how columns are cut into tiles.
#pragma once
#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>
#include "lanes.h"
#include "parallel.h"

// Registers that the sums of a tile take; fewer leave the processor waiting for the sum before, and it has 32 of AVX-512, else 16.
constexpr int64_t mostLanes = 8;

// Floats in memory that begin where a register's worth of them does.
class Buffer {
 public:
  explicit Buffer(int64_t size) : values(static_cast<float*>(::operator new[](size * sizeof(float), alignment))) {}
  ~Buffer() { ::operator delete[](values, alignment); }
  Buffer(const Buffer&) = delete;
  operator float*() const { return values; }

 private:
  static constexpr std::align_val_t alignment{64};
  float* values;
};

// Calls work(lanes) with a number that the compiler knows, so that sums stay in registers.
template <typename Work>
void withLanes(int64_t count, Work work) {
  switch (count) {
    case 1: return work(std::integral_constant<int64_t, 1>());
    case 2: return work(std::integral_constant<int64_t, 2>());
    case 3: return work(std::integral_constant<int64_t, 3>());
    case 4: return work(std::integral_constant<int64_t, 4>());
    case 5: return work(std::integral_constant<int64_t, 5>());
    case 6: return work(std::integral_constant<int64_t, 6>());
    case 7: return work(std::integral_constant<int64_t, 7>());
    default: return work(std::integral_constant<int64_t, 8>());
  }
}

// Calls ofTile(lanes, column, width) for tiles that cover n columns, shared among threads; only the last one's width may be
// less than its lanes hold.
template <typename Tile>
void overTiles(int64_t n, Tile ofTile) {
  const int64_t total = (n + lanes - 1) / lanes;
  // As many tiles as make equal parts for any usual number of threads.
  const int64_t tiles = std::min(total, (total + 4 * mostLanes - 1) / (4 * mostLanes) * 4);
  parallel(tiles, [&](int64_t from, int64_t to) {
    for (int64_t turn = from; turn < to; turn++) {
      // The first and the last in turn: parts stay equal also where work grows with the column.
      const int64_t t = turn % 2 == 0 ? turn / 2 : tiles - 1 - turn / 2;
      const int64_t first = t * total / tiles, end = (t + 1) * total / tiles;
      withLanes(end - first, [&](auto count) {
        ofTile(count, first * lanes, std::min<int64_t>(count * lanes, n - first * lanes));
      });
    }
  });
}

// Rows [0, rows) of `width` columns of a matrix n wide, into a block whose rows are whole registers.
template <int64_t L>
void pack(const float* from, int64_t rows, int64_t n, int64_t width, float* block) {
  for (int64_t r = 0; r < rows; r++, from += n, block += L * lanes) {
    if (width == L * lanes) {
      for (int64_t l = 0; l < L; l++) store(block + l * lanes, load(from + l * lanes));
    } else {
      std::copy_n(from, width, block);
      std::fill(block + width, block + L * lanes, 0.0f);
    }
  }
}

// sums += Σ_e value[e] · block[at[e] − first]. Inlined whatever the compiler thinks of it: else the sums lie in memory.
template <int64_t L>
__attribute__((always_inline)) inline void combine(Lanes (&sums)[L], const int32_t* at, const float* value, int64_t count, const float* block,
                    int64_t first = 0) {
  for (int64_t e = 0; e < count; e++) {
    const Lanes v = all(value[e]);
    const float* row = block + (at[e] - first) * L * lanes;
    for (int64_t l = 0; l < L; l++) sums[l] += v * load(row + l * lanes);
  }
}

template <int64_t L>
__attribute__((always_inline)) inline void storeTile(const Lanes (&sums)[L], float* to, int64_t width) {
  for (int64_t l = 0; l < L; l++)
    if (width >= (l + 1) * lanes) store(to + l * lanes, sums[l]);
    else for (int64_t k = l * lanes; k < width; k++) to[k] = sums[l][k - l * lanes];
}

// Up to a register's worth of columns of `from` become rows of `to`; each matrix's rows are a stride apart. A whole register is
// read of a row.
inline void turn(const float* from, int64_t rows, int64_t stride, int64_t columns, float* to, int64_t toStride) {
  Lanes square[lanes];
  for (int64_t first = 0; first < rows; first += lanes) {
    const int64_t count = std::min(lanes, rows - first);
    for (int64_t i = 0; i < lanes; i++) square[i] = i < count ? load(from + (first + i) * stride) : Lanes{};
    transpose(square);
    for (int64_t k = 0; k < columns; k++)
      if (count == lanes) store(to + k * toStride + first, square[k]);
      else std::copy_n(reinterpret_cast<const float*>(&square[k]), count, to + k * toStride + first);
  }
}
