#include "pppctl/display.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>

#include "base/fd.h"

using namespace pppctl;

namespace {

// Standard error is a pipe that nobody reads, and full.
class FullStandardError {
 public:
  FullStandardError() : before_(::dup(STDERR_FILENO)) {
    auto pipe = base::make_pipe();
    REQUIRE(pipe);
    REQUIRE(base::set_nonblocking(pipe->write, true));
    const std::array<char, 4096> block{};
    while (::write(pipe->write.get(), block.data(), block.size()) > 0) {
    }
    REQUIRE(base::set_nonblocking(pipe->write, false));
    read_ = std::move(pipe->read);
    REQUIRE(::dup2(pipe->write.get(), STDERR_FILENO) == STDERR_FILENO);
  }
  FullStandardError(const FullStandardError&) = delete;
  FullStandardError& operator=(const FullStandardError&) = delete;
  ~FullStandardError() { ::dup2(before_.get(), STDERR_FILENO); }

  void read_all() const {
    REQUIRE(base::set_nonblocking(read_, true));
    std::array<char, 4096> block{};
    while (::read(read_.get(), block.data(), block.size()) > 0) {
    }
  }
  [[nodiscard]] std::string next() const {
    std::array<char, 4096> block{};
    const auto n = ::read(read_.get(), block.data(), block.size());
    return {block.data(), static_cast<std::size_t>(n > 0 ? n : 0)};
  }

 private:
  base::Fd before_;
  base::Fd read_;
};

}  // namespace

TEST_CASE("who reads nothing of what a call says does not hold it up, and hears the rest when he reads again",
          "[pppctl][display]") {
  const FullStandardError error;
  Display display(true, read_moment());
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) display.say("nobody reads this");
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
  error.read_all();
  display.say("somebody reads this");
  CHECK(error.next() == "pppctl: somebody reads this\n");
}
