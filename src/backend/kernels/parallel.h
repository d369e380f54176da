// Work shared among threads. Every result is computed wholly by one of them: bytes do not depend on their number.
#pragma once
#include <cstdint>
#include <functional>

// Calls work(from, to) on parts of [0, count), at most as many as there are threads; returns when all are done.
void parallel(int64_t count, const std::function<void(int64_t, int64_t)>& work);
