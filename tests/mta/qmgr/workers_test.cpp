#include "mta/qmgr/workers.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "base/io.h"

TEST_CASE("what follows a job runs in collect, on the caller's thread, for any number of threads", "[qmgr][workers]") {
  for (const unsigned threads : {0U, 1U, 4U}) {
    auto workers = mta::Workers::make(threads).value();
    std::atomic<int> worked = 0;
    int collected = 0;
    const auto caller = std::this_thread::get_id();
    for (int i = 0; i < 100; ++i) {
      workers->start([&] { ++worked; },
                     [&] {
                       CHECK(std::this_thread::get_id() == caller);
                       ++collected;
                     });
    }
    while (!workers->idle()) {
      REQUIRE(base::wait_ready(workers->ready(), base::Interest::read, base::Deadline::after(std::chrono::seconds(10)))
                  .value());
      workers->collect();
    }
    CHECK(worked == 100);
    CHECK(collected == 100);
  }
}
