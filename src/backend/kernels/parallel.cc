#include "parallel.h"
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace {

// As many threads as TensorFlow takes inside an operation. They live as long as the process.
class Pool {
 public:
  Pool() {
    const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
    int count = wanted ? std::atoi(wanted) : 0;
    if (count <= 0) count = std::max(1u, std::thread::hardware_concurrency());
    for (int i = 1; i < count; i++) std::thread([this, i] { serve(i); }).detach();
    size = count;
  }

  void run(int64_t count, const std::function<void(int64_t, int64_t)>& work) {
    const int64_t parts = std::min<int64_t>(size, count);
    if (parts <= 1) return count > 0 ? work(0, count) : void();
    auto part = [=, &work](int64_t i) { work(i * count / parts, (i + 1) * count / parts); };
    {
      std::lock_guard<std::mutex> lock(mutex);
      job = part;
      jobParts = parts;
      pending = parts - 1;
      round++;
    }
    wake.notify_all();
    part(0);
    if (soon([this] { return pending == 0; })) return;
    std::unique_lock<std::mutex> lock(mutex);
    done.wait(lock, [this] { return pending == 0; });
  }

 private:
  void serve(int64_t own) {
    uint64_t seen = 0;
    for (;;) {
      std::function<void(int64_t)> mine;
      soon([&] { return round != seen; });
      {
        std::unique_lock<std::mutex> lock(mutex);
        wake.wait(lock, [&] { return round != seen; });
        seen = round;
        if (own >= jobParts) continue;
        mine = job;
      }
      mine(own);
      std::lock_guard<std::mutex> lock(mutex);
      if (--pending == 0) done.notify_one();
    }
  }

  // Waits a little for what is about to be: to sleep and be woken takes longer than much of the work here.
  template <typename Condition>
  static bool soon(Condition holds) {
    for (int tries = 0; tries < 4000; tries++) {
      if (holds()) return true;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
    return false;
  }

  int size = 1;
  std::mutex mutex;
  std::condition_variable wake, done;
  std::function<void(int64_t)> job;
  int64_t jobParts = 0;
  std::atomic<int64_t> pending{0};
  std::atomic<uint64_t> round{0};
};

}  // namespace

void parallel(int64_t count, const std::function<void(int64_t, int64_t)>& work) {
  static Pool* pool = new Pool;  // never freed: its threads wait in it until the process ends
  pool->run(count, work);
}
