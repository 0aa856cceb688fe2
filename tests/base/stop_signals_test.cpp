#include "base/stop_signals.h"

#include <signal.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cerrno>

namespace {

using namespace std::chrono_literals;

// Signals stay blocked after watch(): what a test raises it must also take away.
class Watched {
 public:
  Watched() {
    auto watched = base::StopSignals::watch();
    REQUIRE(watched);
    signals.emplace(std::move(*watched));
  }
  ~Watched() { signals->count(); }
  std::optional<base::StopSignals> signals;
};

}  // namespace

TEST_CASE("a signal ends a wait and is named", "[base][stop]") {
  Watched watched;
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  ::raise(SIGTERM);
  const auto ready = base::wait_ready(pipe->read, base::Interest::read, base::Deadline::after(10s), &*watched.signals);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().error == EINTR);
  CHECK(ready.error().text == "stopped by SIGTERM");
  CHECK(watched.signals->first() == SIGTERM);
}

TEST_CASE("a signal that was taken note of ends every later wait, even on a descriptor that is ready", "[base][stop]") {
  Watched watched;
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  REQUIRE(base::write_all(pipe->write, "x"));
  ::raise(SIGINT);
  REQUIRE(watched.signals->count() == 1);
  const auto ready = base::wait_ready(pipe->read, base::Interest::read, {}, &*watched.signals);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().text == "stopped by SIGINT");
  CHECK_FALSE(base::pause(base::Deadline::after(10s), &*watched.signals));
}

TEST_CASE("without signals a wait cannot be stopped", "[base][stop]") {
  Watched watched;
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  ::raise(SIGHUP);
  const auto ready = base::wait_ready(pipe->read, base::Interest::read, base::Deadline::after(10ms), nullptr);
  REQUIRE(ready);
  CHECK_FALSE(*ready);
  CHECK(base::pause(base::Deadline::after(1ms), nullptr));
}

TEST_CASE("an order from within ends a wait as a signal does", "[base][stop]") {
  Watched watched;
  watched.signals->order();
  CHECK(watched.signals->count() == 1);
  CHECK(watched.signals->first() == SIGTERM);
  CHECK_FALSE(base::pause(base::Deadline::after(10s), &*watched.signals));
}
