#include "mta/net/credentials.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/io.h"
#include "tests/mta/mail_store/scratch.h"

namespace {

std::string private_file(const Scratch& scratch, const std::string& name, const std::string& text, mode_t mode = 0600) {
  scratch.write(name, text);
  REQUIRE(::chmod(scratch.path(name).c_str(), mode) == 0);
  return scratch.path(name);
}

}  // namespace

TEST_CASE("a password is the first line of a private file", "[net][credentials]") {
  const Scratch scratch;
  for (const char* text : {"open sesame\nnot this\n", "open sesame\r\n", "open sesame"}) {
    const auto password = net::read_password_file(private_file(scratch, "p", text));
    REQUIRE(password);
    CHECK(password->view() == "open sesame");
  }
  CHECK_FALSE(net::read_password_file(private_file(scratch, "empty", "\nx\n")));
  CHECK_FALSE(net::read_password_file(private_file(scratch, "long", std::string(net::max_password_bytes + 1, 'x'))));
  CHECK(net::read_password_file(private_file(scratch, "fits", std::string(net::max_password_bytes, 'x') + "\r\n")));
}

TEST_CASE("a file that others may read, or that is no file, holds no password", "[net][credentials]") {
  const Scratch scratch;
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
    const auto password = net::read_password_file(private_file(scratch, "p", "x\n", mode));
    REQUIRE_FALSE(password);
    CHECK(password.error().kind == base::FailureKind::permanent);
  }
  const auto missing = net::read_password_file(scratch.path("none"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().error == ENOENT);
  CHECK_FALSE(net::read_password_file("/dev/zero"));
}

TEST_CASE("a process that has read a secret leaves no core file", "[net][credentials]") {
  const Scratch scratch;
  REQUIRE(net::read_password_file(private_file(scratch, "p", "x\n")));
  CHECK(::prctl(PR_GET_DUMPABLE) == 0);
}

TEST_CASE("a password is read twice from a descriptor of a file, and once from a pipe", "[net][credentials]") {
  const Scratch scratch;
  const auto file = base::open_file(private_file(scratch, "p", "one\n"), O_RDONLY);
  REQUIRE(file);
  for (int i = 0; i < 2; ++i) CHECK(net::read_password(*file, "fd")->view() == "one");
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  REQUIRE(base::write_all(pipe->write, "two\n"));
  CHECK(net::read_password(pipe->read, "fd")->view() == "two");
}

TEST_CASE("a password that nobody writes into its pipe is waited for, and not for ever", "[net][credentials]") {
  const auto pipe = base::make_pipe();
  REQUIRE(pipe);
  REQUIRE(base::write_all(pipe->write, "half of it"));
  const auto password = net::read_password(pipe->read, "fd", std::chrono::milliseconds(20));
  REQUIRE_FALSE(password);
  CHECK(password.error().text == "read fd: it takes too long");
}

TEST_CASE("a token is the line that the program prints, and nothing of its failure is shown", "[net][credentials]") {
  const auto token = net::run_token_program({"printf", "%s", "a b;$(c)"});
  REQUIRE(token);
  CHECK(token->view() == "a b;$(c)");
  for (const std::vector<std::string>& argv : {std::vector<std::string>{"sh", "-c", "echo hush; exit 3"},
                                               {"true"},
                                               {"sh", "-c", "echo hush; kill -9 $$"},
                                               {"/does/not/exist"},
                                               {"sh", "-c", "yes | tr -d '\\n' | head -c 100000"}}) {
    const auto failed = net::run_token_program(argv);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == base::FailureKind::temporary);
    CHECK(failed.error().text.find("hush") == std::string::npos);
  }
}

TEST_CASE("a token program that does not end is given up", "[net][credentials]") {
  CHECK_FALSE(net::run_token_program({"sleep", "60"}, std::chrono::milliseconds(50)));
  CHECK_FALSE(net::run_token_program({"sh", "-c", "echo x; exec sleep 60"}, std::chrono::milliseconds(500)));
}
