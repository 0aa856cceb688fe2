#include "mta/qmgr/workers.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace mta {

base::Result<std::unique_ptr<Workers>> Workers::make(unsigned threads) {
  base::Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return base::system_failure("create eventfd");
  std::unique_ptr<Workers> workers(new Workers(std::move(event)));
  auto* self = workers.get();
  for (unsigned i = 0; i < threads; ++i) workers->threads_.emplace_back([self] { self->serve(); });
  return workers;
}

Workers::~Workers() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Workers::start(std::function<void()> work, std::function<void()> then) {
  ++under_way_;
  if (threads_.empty()) {
    work();
    finished(std::move(then));
    return;
  }
  {
    const std::lock_guard guard(mutex_);
    jobs_.push_back({std::move(work), std::move(then)});
  }
  wake_.notify_one();
}

void Workers::serve() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job.work();
    finished(std::move(job.then));
  }
}

void Workers::finished(std::function<void()> then) {
  {
    const std::lock_guard guard(mutex_);
    done_.push_back(std::move(then));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(event_.get(), &one, sizeof one);
}

void Workers::collect() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto n = ::read(event_.get(), &count, sizeof count);
  std::deque<std::function<void()>> done;
  {
    const std::lock_guard guard(mutex_);
    done.swap(done_);
  }
  for (auto& then : done) {
    --under_way_;
    then();
  }
}

}  // namespace mta
