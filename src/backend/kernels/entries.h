// The entries of a matrix that are not 0.
#pragma once
#include <cstdint>
#include <vector>
#include "lanes.h"

// Entry e is value[e] at[e]; those of row (or column) i are [starts[i], starts[i + 1]), ascending.
struct Entries {
  std::vector<int64_t> starts;
  std::vector<int32_t> at;
  std::vector<float> value;
};

// Calls visit(j) for the places of a row that are not 0, in order.
template <typename Visit>
inline void visitEntries(const float* row, int64_t n, Visit visit) {
  int64_t j = 0;
  for (; j + lanes <= n; j += lanes)
    for (uint32_t bits = notZero(load(row + j)); bits; bits &= bits - 1) visit(j + __builtin_ctz(bits));
  for (; j < n; j++)
    if (row[j] != 0) visit(j);
}

inline Entries byRow(const float* a, int64_t rows, int64_t columns) {
  Entries entries;
  entries.starts.assign(rows + 1, 0);
  entries.at.resize(rows * columns);
  entries.value.resize(rows * columns);
  int64_t count = 0;
  for (int64_t i = 0; i < rows; i++) {
    const float* row = a + i * columns;
    visitEntries(row, columns, [&](int64_t j) {
      entries.at[count] = j;
      entries.value[count++] = row[j];
    });
    entries.starts[i + 1] = count;
  }
  return entries;
}

inline Entries byColumn(const float* a, int64_t rows, int64_t columns) {
  Entries entries;
  entries.starts.assign(columns + 1, 0);
  for (int64_t i = 0; i < rows; i++)
    visitEntries(a + i * columns, columns, [&](int64_t j) { entries.starts[j + 1]++; });
  for (int64_t j = 0; j < columns; j++) entries.starts[j + 1] += entries.starts[j];
  entries.at.resize(entries.starts[columns]);
  entries.value.resize(entries.starts[columns]);
  std::vector<int64_t> next(entries.starts.begin(), entries.starts.end() - 1);
  for (int64_t i = 0; i < rows; i++) {
    const float* row = a + i * columns;
    visitEntries(row, columns, [&](int64_t j) {
      const int64_t place = next[j]++;
      entries.at[place] = i;
      entries.value[place] = row[j];
    });
  }
  return entries;
}
