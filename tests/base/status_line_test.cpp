#include "base/status_line.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "base/fd.h"
#include "base/log.h"

namespace {

// Standard error is this for the life of the object.
class StandardError {
 public:
  explicit StandardError(int fd) : before_(::dup(STDERR_FILENO)) {
    REQUIRE(::dup2(fd, STDERR_FILENO) == STDERR_FILENO);
  }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;
  ~StandardError() { ::dup2(before_.get(), STDERR_FILENO); }

 private:
  base::Fd before_;
};

struct Terminal {
  base::Fd master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  base::Fd slave;

  explicit Terminal(unsigned short columns) {
    REQUIRE(::grantpt(master.get()) == 0);
    REQUIRE(::unlockpt(master.get()) == 0);
    std::array<char, 128> name{};
    REQUIRE(::ptsname_r(master.get(), name.data(), name.size()) == 0);
    slave = base::Fd(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    winsize size{};
    size.ws_col = columns;
    REQUIRE(::ioctl(slave.get(), TIOCSWINSZ, &size) == 0);
    REQUIRE(base::set_nonblocking(master, true));
  }
  [[nodiscard]] std::string shown() const {
    std::array<char, 4096> block{};
    const auto n = ::read(master.get(), block.data(), block.size());
    return {block.data(), static_cast<std::size_t>(n > 0 ? n : 0)};
  }
};

}  // namespace

TEST_CASE("the status line is rewritten in place and never wider than the terminal", "[base][status_line]") {
  const Terminal terminal(11);
  const StandardError error(terminal.slave.get());
  base::show_status("12345678901234567890");
  CHECK(terminal.shown() == "\r1234567890");
  base::show_status("abc");
  CHECK(terminal.shown() == "\rabc       ");
  base::clear_status();
  CHECK(terminal.shown() == "\r   \r");
  base::clear_status();
  CHECK(terminal.shown().empty());
}

TEST_CASE("a log line clears the status line first", "[base][status_line]") {
  const Terminal terminal(40);
  const StandardError error(terminal.slave.get());
  base::show_status("abc");
  (void)terminal.shown();
  base::log(base::Level::info, "text");
  CHECK(terminal.shown() == "\r   \r" + std::string(base::program_name()) + ": info: text\r\n");
}

TEST_CASE("where standard error is no terminal there is no status line", "[base][status_line]") {
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  REQUIRE(base::set_nonblocking(pipe->read, true));
  const StandardError error(pipe->write.get());
  CHECK_FALSE(base::has_status_line());
  base::show_status("abc");
  base::clear_status();
  std::array<char, 16> block{};
  CHECK(::read(pipe->read.get(), block.data(), block.size()) < 0);
}
