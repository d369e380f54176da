// The entries of a matrix that are not 0.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>
#include "lanes.h"
#include "parallel.h"

// Entry e is value[e] at[e]; those of row (or column) i are [starts[i], starts[i + 1]), ascending.
struct Entries {
  std::vector<int64_t> starts;
  std::vector<int32_t> at;
  std::vector<float> value;
};

// Calls visit(j) for the places from `from` to `end` of a row that are not 0, in order.
template <typename Visit>
inline void visitEntries(const float* row, int64_t from, int64_t end, Visit visit) {
  int64_t j = from;
  for (; j + lanes <= end; j += lanes)
    for (uint32_t bits = notZero(load(row + j)); bits; bits &= bits - 1) visit(j + __builtin_ctz(bits));
  for (; j < end; j++)
    if (row[j] != 0) visit(j);
}

// Entries whose starts hold, one place on, how many there are of each row (or column): now where these begin.
inline void makeRoom(Entries& entries) {
  for (size_t i = 1; i < entries.starts.size(); i++) entries.starts[i] += entries.starts[i - 1];
  entries.at.resize(entries.starts.back());
  entries.value.resize(entries.starts.back());
}

inline Entries byRow(const float* a, int64_t rows, int64_t columns) {
  Entries entries;
  entries.starts.assign(rows + 1, 0);
  const auto overRows = [&](auto ofRow) {
    parallel(rows, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; i++) ofRow(i, a + i * columns);
    });
  };
  overRows([&](int64_t i, const float* row) {
    int64_t count = 0;
    visitEntries(row, 0, columns, [&](int64_t) { count++; });
    entries.starts[i + 1] = count;
  });
  makeRoom(entries);
  overRows([&](int64_t i, const float* row) {
    int64_t place = entries.starts[i];
    visitEntries(row, 0, columns, [&](int64_t j) {
      entries.at[place] = j;
      entries.value[place++] = row[j];
    });
  });
  return entries;
}

inline Entries byColumn(const float* a, int64_t rows, int64_t columns) {
  Entries entries;
  entries.starts.assign(columns + 1, 0);
  // Each thread takes some columns of all rows; whole registers of them.
  const auto overColumns = [&](auto ofColumns) {
    parallel((columns + lanes - 1) / lanes, [&](int64_t first, int64_t last) {
      ofColumns(first * lanes, std::min(last * lanes, columns));
    });
  };
  overColumns([&](int64_t from, int64_t end) {
    std::vector<int32_t> counts(end - from);
    for (int64_t i = 0; i < rows; i++) {
      const float* row = a + i * columns + from;
      for (int64_t j = 0; j < end - from; j++) counts[j] += row[j] != 0;
    }
    std::copy(counts.begin(), counts.end(), entries.starts.begin() + from + 1);
  });
  makeRoom(entries);
  overColumns([&](int64_t from, int64_t end) {
    std::vector<int64_t> next(entries.starts.begin() + from, entries.starts.begin() + end);
    for (int64_t i = 0; i < rows; i++) {
      const float* row = a + i * columns;
      visitEntries(row, from, end, [&](int64_t j) {
        const int64_t place = next[j - from]++;
        entries.at[place] = i;
        entries.value[place] = row[j];
      });
    }
  });
  return entries;
}
