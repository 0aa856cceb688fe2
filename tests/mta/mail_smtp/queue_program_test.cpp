#include "mta/net/queue_program.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

namespace fs = std::filesystem;

// A folder of its own with a queue program that is a few lines of shell.
class Scratch {
 public:
  explicit Scratch(const std::string& script) {
    std::string name = (fs::temp_directory_path() / "queue_program_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    std::ofstream(program()) << "#!/bin/sh\ncd '" << folder_.string() << "'\n" << script;
    REQUIRE(::chmod(program().c_str(), 0700) == 0);
    ::signal(SIGPIPE, SIG_IGN);  // as base::run has it
  }
  ~Scratch() { fs::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string program() const { return (folder_ / "queue").string(); }
  [[nodiscard]] std::string text(const char* name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }

 private:
  fs::path folder_;
};

}  // namespace

TEST_CASE("message and envelope arrive on descriptors 0 and 1", "[net][queue]") {
  const Scratch scratch("cat >message\ncat <&1 >envelope\n");
  auto queue = net::QueueProgram::start(scratch.program());
  REQUIRE(queue);
  const std::string large(300'000, 'x');
  REQUIRE(queue->write("Subject: x\n\n"));
  REQUIRE(queue->write(large));
  const auto queued = queue->finish("a@b", {"c@d", "e f@g"});
  REQUIRE(queued);
  REQUIRE(*queued == queue->pid());
  REQUIRE(scratch.text("message") == "Subject: x\n\n" + large);
  REQUIRE(scratch.text("envelope") == std::string("Fa@b\0Tc@d\0Te f@g\0\0", 18));
}

TEST_CASE("an abandoned message has an envelope without its end", "[net][queue]") {
  const Scratch scratch("cat >message\ncat <&1 >envelope\necho over >ended\n");
  {
    auto queue = net::QueueProgram::start(scratch.program());
    REQUIRE(queue);
    REQUIRE(queue->write("half"));
  }
  REQUIRE(scratch.text("envelope").empty());
}

TEST_CASE("a program that reads nothing blocks nobody and its own reason is reported", "[net][queue]") {
  const Scratch scratch("exit 53\n");
  auto queue = net::QueueProgram::start(scratch.program());
  REQUIRE(queue);
  const std::string block(65536, 'x');
  for (int i = 0; i < 100; ++i) REQUIRE(queue->write(block));
  const auto queued = queue->finish("a@b", {"c@d"});
  REQUIRE_FALSE(queued);
  REQUIRE(queued.error().error == ENOSPC);
  REQUIRE(queued.error().kind == base::FailureKind::temporary);
}

TEST_CASE("success of a program that did not read everything is not believed", "[net][queue]") {
  const Scratch scratch("exit 0\n");
  auto queue = net::QueueProgram::start(scratch.program());
  REQUIRE(queue);
  const std::string block(65536, 'x');
  for (int i = 0; i < 100; ++i) REQUIRE(queue->write(block));
  REQUIRE_FALSE(queue->finish("a@b", {"c@d"}));
}

TEST_CASE("a program that crashes is temporary trouble", "[net][queue]") {
  const Scratch scratch("cat >/dev/null\ncat <&1 >/dev/null\nkill -9 $$\n");
  auto queue = net::QueueProgram::start(scratch.program());
  REQUIRE(queue);
  const auto queued = queue->finish("a@b", {"c@d"});
  REQUIRE_FALSE(queued);
  REQUIRE(queued.error().kind == base::FailureKind::temporary);
}

TEST_CASE("a program that is not there is temporary trouble", "[net][queue]") {
  const auto queue = net::QueueProgram::start("/nonexistent/queue");
  REQUIRE_FALSE(queue);
  REQUIRE(queue.error().kind == base::FailureKind::temporary);
}

TEST_CASE("QMAILQUEUE names the queue program", "[net][queue]") {
  const Scratch scratch("cat >message\ncat <&1 >envelope\n");
  REQUIRE(::setenv("QMAILQUEUE", scratch.program().c_str(), 1) == 0);
  auto queue = net::QueueProgram::start();
  REQUIRE(::unsetenv("QMAILQUEUE") == 0);
  REQUIRE(queue);
  REQUIRE(queue->write("hello\n"));
  REQUIRE(queue->finish("", {"c@d"}));
  REQUIRE(scratch.text("message") == "hello\n");
}

TEST_CASE("exit statuses 11 to 40 and 115 are permanent, all others temporary", "[net][queue]") {
  REQUIRE(net::queue_exit(0));
  for (int status = 1; status < 256; ++status) {
    CAPTURE(status);
    const auto result = net::queue_exit(status);
    REQUIRE_FALSE(result);
    const bool permanent = (status >= 11 && status <= 40) || status == 115;
    REQUIRE((result.error().kind == base::FailureKind::permanent) == permanent);
  }
  REQUIRE(net::queue_exit(53).error().error == ENOSPC);
}

TEST_CASE("what a failing queue program says is kept for the one line of its caller", "[net][queue]") {
  const Scratch scratch(
      "cat >message\necho early >&2\nprintf 'mta-queue: fatal: disk \\\\303 is full\\n' >&2\nexit 53\n");
  auto queue = net::QueueProgram::start(scratch.program());
  REQUIRE(queue);
  const auto queued = queue->finish("a@b", {"c@d"});
  REQUIRE_FALSE(queued);
  REQUIRE(queued.error().text == "queue: write error or disk full (#4.3.1)");
  REQUIRE(queue->reason() == "disk \\303 is full");
  REQUIRE(net::queue_failure_text(queued.error(), *queue) ==
          "queue: write error or disk full (#4.3.1): disk \\303 is full");
}

TEST_CASE("a foreign queue program's words are escaped, and silence is qmail-queue's contract", "[net][queue]") {
  const Scratch loud("printf 'no\\033[2Jroom' >&2\nexit 53\n");
  auto queue = net::QueueProgram::start(loud.program());
  REQUIRE(queue);
  REQUIRE_FALSE(queue->finish("a@b", {"c@d"}));
  REQUIRE(queue->reason() == "no\\033[2Jroom");

  const Scratch silent("exit 31\n");
  auto other = net::QueueProgram::start(silent.program());
  REQUIRE(other);
  const auto queued = other->finish("a@b", {"c@d"});
  REQUIRE_FALSE(queued);
  REQUIRE(net::queue_failure_text(queued.error(), *other) == queued.error().text);
}

TEST_CASE("a queue program that never stops talking is not waited for with a full pipe", "[net][queue]") {
  const Scratch scratch("head -c 1000000 /dev/zero | tr '\\0' x >&2\ncat >message\nexit 71\n");
  auto queue = net::QueueProgram::start(scratch.program());
  REQUIRE(queue);
  REQUIRE_FALSE(queue->finish("a@b", {"c@d"}));
  REQUIRE(queue->reason() == std::string(2048, 'x'));
}
