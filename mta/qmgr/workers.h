// A few threads for what waits on the disk, so that the event loop never does.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mta {

class Workers {
 public:
  // 0 threads: start() does the work itself, on the caller's thread; its `then` still waits for collect().
  static base::Result<std::unique_ptr<Workers>> make(unsigned threads);
  ~Workers();  // finishes what was started; what is left of `then`s is dropped
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs `work` on some thread, then `then` in a later collect().
  void start(std::function<void()> work, std::function<void()> then);
  // Readable when collect() has something to do.
  [[nodiscard]] const base::Fd& ready() const { return event_; }
  void collect();
  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(threads_.size()); }
  [[nodiscard]] bool idle() const { return under_way_ == 0; }  // nothing started that collect() has not finished

 private:
  explicit Workers(base::Fd event) : event_(std::move(event)) {}
  struct Job {
    std::function<void()> work;
    std::function<void()> then;
  };
  void serve();
  void finished(std::function<void()> then);

  base::Fd event_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::deque<std::function<void()>> done_;
  bool stopping_ = false;
  std::size_t under_way_ = 0;  // counted on the caller's thread only
};

}  // namespace mta
