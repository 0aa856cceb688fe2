#include "base/io.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <thread>

#include "base/fd.h"
#include "tests/mta/mail_store/scratch.h"

using namespace std::chrono_literals;

TEST_CASE("descriptors are close-on-exec and have one owner", "[base][fd]") {
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  CHECK((::fcntl(pipe->read.get(), F_GETFD) & FD_CLOEXEC) != 0);
  const int raw = pipe->read.get();
  base::Fd taken = std::move(pipe->read);
  CHECK(taken.get() == raw);
  CHECK_FALSE(pipe->read.valid());
  taken.reset();
  CHECK(::fcntl(raw, F_GETFD) == -1);
}

TEST_CASE("a descriptor that is not open is not inherited", "[base][fd]") {
  constexpr int closed = 987;
  const auto fd = base::inherit(closed, "test");
  REQUIRE_FALSE(fd);
  CHECK(fd.error().error == EBADF);
}

TEST_CASE("an open that fails names the path and the reason", "[base][fd]") {
  const auto fd = base::open_file("/nonexistent/file", O_RDONLY);
  REQUIRE_FALSE(fd);
  CHECK(fd.error().text == "open /nonexistent/file: No such file or directory");
  CHECK(fd.error().kind == base::FailureKind::temporary);
}

TEST_CASE("a write to a reader that has gone fails with EPIPE", "[base][io]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const base::Fd ours(ends[0]);
  ::close(ends[1]);
  ::signal(SIGPIPE, SIG_IGN);
  const auto written = base::write_all(ours, "x");
  REQUIRE_FALSE(written);
  CHECK(written.error().error == EPIPE);
}

TEST_CASE("a write that would block fails with ETIMEDOUT when its deadline passes", "[base][io]") {
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  REQUIRE(base::set_nonblocking(pipe->write, true));
  const auto written = base::write_all(pipe->write, std::string(1 << 22, 'x'), base::Deadline::after(10ms));
  REQUIRE_FALSE(written);
  CHECK(written.error().error == ETIMEDOUT);
}

TEST_CASE("all octets pass through a pipe that is smaller than they are", "[base][io]") {
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  REQUIRE(base::set_nonblocking(pipe->write, true));
  const std::string octets(1 << 20, 'x');
  base::Result<std::string> read("");
  std::thread reader([&] { read = base::read_all(pipe->read, octets.size(), "pipe"); });
  CHECK(base::write_all(pipe->write, octets));
  pipe->write.reset();
  reader.join();
  REQUIRE(read);
  CHECK(*read == octets);
}

TEST_CASE("reading more than the bound is a permanent failure that names what was read", "[base][io]") {
  const Scratch scratch;
  scratch.write("file", "12345");
  const auto fd = base::open_file(scratch.path("file"), O_RDONLY);
  REQUIRE(fd);
  const auto text = base::read_all(*fd, 4, "the file");
  REQUIRE_FALSE(text);
  CHECK(text.error().kind == base::FailureKind::permanent);
  CHECK(text.error().text == "read the file: longer than 4 bytes");
}

TEST_CASE("reading and writing at an offset leave the rest alone", "[base][io]") {
  const Scratch scratch;
  scratch.write("file", "0123456789");
  const auto fd = base::open_file(scratch.path("file"), O_RDWR);
  REQUIRE(fd);
  REQUIRE(base::write_all_at(*fd, "ab", 4));
  std::array<char, 4> four{};
  const auto n = base::read_at(*fd, four, 3);
  REQUIRE(n);
  CHECK(std::string(four.data(), *n) == "3ab6");
  CHECK(Scratch::read(scratch.path("file")) == "0123ab6789");
  CHECK(base::file_size(*fd, "file").value_or(0) == 10);
}

TEST_CASE("a default deadline never passes and of two the earlier counts", "[base][deadline]") {
  CHECK_FALSE(base::Deadline().passed());
  CHECK(base::Deadline().poll_timeout() == -1);
  CHECK(base::Deadline::after(0ms).passed());
  CHECK(base::Deadline::after(0ms).poll_timeout() == 0);
  CHECK(base::earlier(base::Deadline(), base::Deadline::after(0ms)).passed());
  CHECK_FALSE(base::earlier(base::Deadline::after(1h), base::Deadline()).never());
  CHECK(base::earlier(base::Deadline::after(1h), base::Deadline::after(0ms)).passed());
}

TEST_CASE("an end of file makes a descriptor ready for reading", "[base][io]") {
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  CHECK_FALSE(base::wait_ready(pipe->read, base::Interest::read, base::Deadline::after(0ms)).value_or(true));
  pipe->write.reset();
  CHECK(base::wait_ready(pipe->read, base::Interest::read, {}).value_or(false));
}
