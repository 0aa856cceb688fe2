#include "chat/conversation.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

namespace {

// A line of octets in memory. What was not asked for stays in `input`.
class MemoryLine final : public chat::Line {
 public:
  std::string input;
  std::string output;
  int pauses = 0;
  int read_error = 0;   // once the input is used up; 0: the deadline passes
  int write_error = 0;  // at once
  int pause_error = 0;

  base::Result<std::optional<unsigned char>> read_octet(const base::Deadline&) override {
    if (input.empty() && read_error != 0) return failure(read_error);
    if (input.empty()) return std::optional<unsigned char>();
    const auto octet = static_cast<unsigned char>(input.front());
    input.erase(0, 1);
    return std::optional<unsigned char>(octet);
  }
  base::Result<void> write_octet(unsigned char octet, const base::Deadline&) override {
    if (write_error != 0) return failure(write_error);
    output += static_cast<char>(octet);
    return {};
  }
  base::Result<void> send_break() override { return {}; }
  base::Result<void> pause(const base::Deadline&) override {
    ++pauses;
    if (pause_error != 0) return failure(pause_error);
    return {};
  }

 private:
  static base::Failure failure(int error) {
    return base::Failure{base::FailureKind::temporary, error == EINTR ? "stopped by SIGTERM" : "line", error};
  }
};

chat::Ending converse(std::vector<std::string> words, MemoryLine& line, const chat::Listener& listener = {}) {
  return chat::converse(chat::script_of_words(words), chat::Settings{}, line, listener);
}

// A file of its own for one test, with a FIFO's or a file's name in it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int raw = ::mkstemp(name_.data());
    if (raw >= 0) ::close(raw);
    std::ofstream(name_) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(name_.c_str()); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_ = "/tmp/offhook-chat-test-XXXXXX";
};

}  // namespace

TEST_CASE("no octet beyond a match is read from the line", "[chat][conversation]") {
  MemoryLine line;
  line.input = "OK\r\nCONNECT 33600\r\n~\xff}#";
  const auto ending = converse({"OK", "ATD", "CONNECT", "\\c"}, line);
  CHECK(ending.status == chat::status_done);
  CHECK(line.output == "ATD\r");
  CHECK(line.input == " 33600\r\n~\xff}#");
}

TEST_CASE("a line that never falls silent has its limit too", "[chat][conversation]") {
  class Babble final : public chat::Line {
   public:
    int octets = 0;
    base::Result<std::optional<unsigned char>> read_octet(const base::Deadline&) override {
      constexpr int most = 10'000'000;
      if (++octets > most) return std::optional<unsigned char>();
      return std::optional<unsigned char>('x');
    }
    base::Result<void> write_octet(unsigned char, const base::Deadline&) override { return {}; }
    base::Result<void> send_break() override { return {}; }
    base::Result<void> pause(const base::Deadline&) override { return {}; }
  };
  Babble line;
  chat::Settings settings;
  settings.timeout = std::chrono::milliseconds(20);
  const auto ending = chat::converse(chat::script_of_words({"OK"}), settings, line, {});
  CHECK(ending.status == chat::status_timeout);
  CHECK(line.octets < 10'000'000);
}

TEST_CASE("before each octet there is a pause", "[chat][conversation]") {
  MemoryLine line;
  CHECK(converse({"", "ATD"}, line).status == chat::status_done);
  CHECK(line.pauses == 4);
}

TEST_CASE("an abort string is given with file and line of the word that waited", "[chat][conversation]") {
  MemoryLine line;
  line.input = "BUSY\r\n";
  const auto script = chat::parse_script("ABORT BUSY\n\"\" ATD\nCONNECT \\c\n", "chat/provider");
  REQUIRE(script);
  const auto ending = chat::converse(*script, chat::Settings{}, line, chat::Listener{});
  CHECK(ending.status == chat::status_abort);
  CHECK(ending.matched == "BUSY");
  CHECK(ending.why == "'BUSY' while 'CONNECT' was expected, line 3 of chat/provider");
}

TEST_CASE("a passed deadline is a time-out", "[chat][conversation]") {
  MemoryLine line;
  const auto ending = converse({"OK", ""}, line);
  CHECK(ending.status == chat::status_timeout);
  CHECK(ending.why == "expected 'OK' for 45 s, word 1 of the script");
}

TEST_CASE("a failure with EINTR is a signal wherever it comes", "[chat][conversation]") {
  MemoryLine reading;
  reading.read_error = EINTR;
  CHECK(converse({"OK", ""}, reading).status == chat::status_signal);
  MemoryLine writing;
  writing.write_error = EINTR;
  CHECK(converse({"", "x"}, writing).status == chat::status_signal);
  MemoryLine pausing;
  pausing.pause_error = EINTR;
  const auto ending = converse({"", "\\d"}, pausing);
  CHECK(ending.status == chat::status_signal);
  CHECK(ending.why == "stopped by SIGTERM");
}

TEST_CASE("a line that is gone is told from a read error", "[chat][conversation]") {
  MemoryLine gone;
  gone.read_error = EIO;
  CHECK(converse({"OK", ""}, gone).status == chat::status_signal);
  CHECK(converse({"OK", ""}, gone).why == "the line is gone: Input/output error, word 1 of the script");
  MemoryLine ended;
  ended.read_error = EBADF;
  CHECK(converse({"OK", ""}, ended).status == chat::status_timeout);
  MemoryLine unwritable;
  unwritable.write_error = ENOSPC;
  CHECK(converse({"", "x"}, unwritable).status == chat::status_error);
  MemoryLine blocked;
  blocked.write_error = ETIMEDOUT;
  CHECK(converse({"", "x"}, blocked).why == "a send took longer than 45 s, word 2 of the script");
}

TEST_CASE("a send is read from a file, without its last LF and without its text in the log", "[chat][conversation]") {
  const TemporaryFile file("secret\n");
  MemoryLine line;
  std::string heard;
  chat::Listener listener;
  listener.log = [&](std::string_view text) { heard += text; };
  CHECK(converse({"", "@" + file.name()}, line, listener).status == chat::status_done);
  CHECK(line.output == "secret\r");
  CHECK(heard == "send (" + std::string(6, '?') + ")");
}

TEST_CASE("a file that is not there is named", "[chat][conversation]") {
  MemoryLine line;
  std::string heard;
  chat::Listener listener;
  listener.error = [&](std::string_view text) { heard += text; };
  CHECK(converse({"", "@/nonexistent/f"}, line, listener).status == chat::status_error);
  CHECK(heard == "/nonexistent/f -- open failed: No such file or directory");
}

TEST_CASE("everybody hears what is for him", "[chat][conversation]") {
  MemoryLine line;
  line.input = "RING\r\nCONNECT 9600\r\n";
  chat::Listener listener;
  std::string said, echoed, reported, received;
  bool hangup = true;
  listener.say = [&](std::string_view text) { said += text; };
  listener.echo = [&](std::string_view text) { echoed += text; };
  listener.report = [&](std::string_view text) { reported += text; };
  listener.received = [&](unsigned char octet) { received += static_cast<char>(octet); };
  listener.hangup = [&](bool on) { hangup = on; };
  const auto ending =
      converse({"SAY", "hi\\c", "ECHO", "ON", "HANGUP", "OFF", "REPORT", "CONNECT", "CONNECT", "\\c"}, line, listener);
  CHECK(ending.status == chat::status_done);
  CHECK(said == "hi");
  CHECK(echoed == "RING\nCONNECT\n");
  CHECK(reported == "CONNECT 9600");
  CHECK(received == "RING\r\nCONNECT");
  CHECK(!hangup);
  CHECK(line.input == "\n");
}
