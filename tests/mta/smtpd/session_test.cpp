#include "mta/smtpd/session.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/io.h"
#include "mta/mail/record.h"

namespace {

namespace fs = std::filesystem;

// One session over pipes, with a few lines of shell for a queue program.
class Scratch {
 public:
  explicit Scratch(const std::string& script) {
    std::string name = (fs::temp_directory_path() / "smtpd_session_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    const auto program = (folder_ / "queue").string();
    std::ofstream(program) << "#!/bin/sh\ncd '" << folder_.string() << "'\n" << script;
    REQUIRE(::chmod(program.c_str(), 0700) == 0);
    REQUIRE(::setenv("QMAILQUEUE", program.c_str(), 1) == 0);
    ::signal(SIGPIPE, SIG_IGN);  // as base::run has it
  }
  ~Scratch() {
    ::unsetenv("QMAILQUEUE");
    fs::remove_all(folder_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // The replies to a client that says all this (less than a pipe holds) and closes.
  [[nodiscard]] std::string run(std::string_view client, bool is_customer = false) const {
    mta::SmtpdSetup setup;
    if (is_customer)
      setup.keeping =
          mta::SmtpdKeeping{"customer one", (folder_ / "partial").string(), 100'000, (folder_ / "clock").string()};
    setup.policy.greeting = setup.by = "office.example";
    setup.policy.rcpt_hosts = {"office.example"};
    setup.timeout = std::chrono::seconds(20);
    auto in = base::make_pipe();
    auto out = base::make_pipe();
    REQUIRE(in);
    REQUIRE(out);
    REQUIRE(base::write_all(in->write, client));
    in->write.reset();
    REQUIRE(mta::SmtpdSession(setup, in->read, out->write).run());
    out->write.reset();
    const auto replies = base::read_all(out->read, 100'000, "replies");
    REQUIRE(replies);
    return *replies;
  }

  // Everything that is kept was written three days ago.
  void age() const {
    for (const auto& file : fs::directory_iterator(folder_ / "partial")) {
      fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(72));
    }
  }
  void write(const char* name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] bool has(const char* name) const { return fs::exists(folder_ / name); }
  [[nodiscard]] std::string text(const char* name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }

 private:
  fs::path folder_;
};

constexpr std::string_view envelope = "MAIL FROM:<a@b.example>\r\nRCPT TO:<x@office.example>\r\nDATA\r\n";
const std::string takes_all = "cat >message\ncat <&1 >envelope\n";

}  // namespace

TEST_CASE("a message goes into the queue program as it comes, with a trace line in front", "[smtpd][session]") {
  const Scratch scratch(takes_all);
  const auto replies = scratch.run(std::string(envelope) + "Subject: hi\r\n\r\n..\r\n.\r\nQUIT\r\n");
  REQUIRE(replies.find("\r\n250 2.0.0 ok ") != std::string::npos);
  REQUIRE(replies.find(" qp ") != std::string::npos);
  REQUIRE(replies.ends_with("221 2.0.0 office.example\r\n"));
  const auto message = scratch.text("message");
  REQUIRE(message.starts_with("Received: from unknown (unknown)\n  by office.example with SMTP; "));
  REQUIRE(message.ends_with("\nSubject: hi\n\n.\n"));
  REQUIRE(scratch.text("envelope") == std::string("Fa@b.example\0Tx@office.example\0\0", 32));
}

TEST_CASE("a refusal of the queue program is the client's reply", "[smtpd][session]") {
  const auto with_status = [](const std::string& status) {
    return Scratch("cat >/dev/null\ncat <&1 >/dev/null\nexit " + status + "\n")
        .run(std::string(envelope) + "x\r\n.\r\n");
  };
  REQUIRE(with_status("53").find("\r\n452 4.3.1 ") != std::string::npos);
  REQUIRE(with_status("31").find("\r\n554 5.3.0 ") != std::string::npos);
  REQUIRE(with_status("62").find("\r\n451 4.3.0 ") != std::string::npos);
  REQUIRE(with_status("0").find("\r\n250 2.0.0 ") != std::string::npos);
}

TEST_CASE("a queue program that cannot be run refuses DATA", "[smtpd][session]") {
  const Scratch scratch("");
  REQUIRE(::setenv("QMAILQUEUE", "/nonexistent/queue", 1) == 0);
  REQUIRE(scratch.run(envelope).ends_with("451 4.3.0 queue: unable to run the queue program\r\n"));
}

TEST_CASE("a message that is refused or cut never gets its envelope", "[smtpd][session]") {
  for (const std::string body : {"one\r\ntwo", "one\r\n.\r", "bare\nlf\r\n.\r\n", "bare\rcr\r\n.\r\n"}) {
    const Scratch scratch("cat >/dev/null\ncat <&1 >envelope\n");
    const auto replies = scratch.run(std::string(envelope) + body);
    REQUIRE(replies.find("250 2.0.0 ok") == std::string::npos);
    REQUIRE(scratch.text("envelope").empty());
  }
}

TEST_CASE("a message that is cut is gone on with by the next session, and queued once", "[smtpd][session]") {
  const Scratch scratch("cat >>message\ncat <&1 >>envelope\n");
  const std::string hello = "EHLO pc\r\nMAIL FROM:<a@b.example> TRANSID=<1@pc>\r\n";
  auto replies = scratch.run(hello + "RCPT TO:<x@office.example>\r\nDATA\r\nSubject: hi\r\n\r\n..\r\nhal", true);
  REQUIRE(replies.find("\r\n250-CHECKPOINT\r\n") != std::string::npos);
  REQUIRE(replies.ends_with("354 go ahead\r\n"));
  REQUIRE_FALSE(scratch.has("message"));
  replies = scratch.run(hello + "DATA\r\nhalf\r\n.\r\n", true);
  REQUIRE(replies.find("\r\n355 18 octets are here\r\n354 go ahead\r\n250 2.0.0 ok ") != std::string::npos);
  const auto message = scratch.text("message");
  REQUIRE(message.starts_with("Received: from unknown (HELO pc) (unknown)\n  by office.example with ESMTP; "));
  REQUIRE(message.ends_with("\nSubject: hi\n\n.\nhalf\n"));
  REQUIRE(scratch.text("envelope") == std::string("Fa@b.example\0Tx@office.example\0\0", 32));
  const auto said = replies.substr(replies.rfind("250 2.0.0 ok"));
  replies = scratch.run(hello + "DATA\r\n.\r\n", true);
  REQUIRE(replies.ends_with("355 24 octets are here\r\n354 go ahead\r\n" + said));
  REQUIRE(scratch.text("message") == message);
}

TEST_CASE("what is kept of a message goes after 48 hours, but not by a clock that is behind its own past",
          "[smtpd][session]") {
  const Scratch scratch(takes_all);
  const std::string hello = "EHLO pc\r\nMAIL FROM:<a@b.example> TRANSID=<1@pc>\r\n";
  const auto cut = hello + "RCPT TO:<x@office.example>\r\nDATA\r\nSubject: hi\r\n";
  REQUIRE(scratch.run(cut, true).ends_with("354 go ahead\r\n"));
  scratch.write("clock", mail::format_record({"floor", "4070908800"}));  // 1 January 2099
  scratch.age();
  REQUIRE(scratch.run(hello, true).ends_with("355 13 octets are here\r\n"));
  scratch.write("clock", "");
  scratch.age();
  REQUIRE(scratch.run(hello, true).ends_with("250 2.1.0 ok\r\n"));
}

TEST_CASE("a queue that refuses for now leaves the message with us, one that refuses for good does not",
          "[smtpd][session]") {
  const std::string hello = "EHLO pc\r\nMAIL FROM:<a@b.example> TRANSID=<1@pc>\r\n";
  const auto twice = [&](const std::string& status) {
    const Scratch scratch("cat >/dev/null\ncat <&1 >/dev/null\nexit " + status + "\n");
    REQUIRE(scratch.run(hello + "RCPT TO:<x@office.example>\r\nDATA\r\nx\r\n.\r\n", true).ends_with("\r\n"));
    return scratch.run(hello, true);
  };
  REQUIRE(twice("53").ends_with("\r\n355 3 octets are here\r\n"));
  REQUIRE(twice("31").ends_with("\r\n250 2.1.0 ok\r\n"));
}
