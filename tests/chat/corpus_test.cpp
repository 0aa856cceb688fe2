// Plays each transcript of the corpus. Its lines: what it proves (#), the script, what is awaited (>), what is answered
// (<), the exit status, and what was sent, left unread and reported. Escapes are those of an expect string.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/chat/played.h"

namespace {

struct Transcript {
  std::string script;
  chat_test::Answers answers;
  int status = -1;
  std::string sent;
  std::string unread;
  std::vector<std::string> reports;
};

// NUL is an octet of a line, though no expect string can hold it.
std::string octets(std::string text) {
  std::string out;
  for (std::size_t at; (at = text.find("\\000")) != std::string::npos;) {
    out += chat::expand_expect(text.substr(0, at), {}) + '\0';
    text.erase(0, at + 4);
  }
  return out + chat::expand_expect(text, {});
}

Transcript read(const std::filesystem::path& path) {
  std::ifstream file(path);
  Transcript transcript;
  for (std::string line; std::getline(file, line);) {
    const auto blank = std::min(line.find(' '), line.size());
    const std::string what = line.substr(0, blank);
    const std::string text = line.substr(std::min(blank + 1, line.size()));
    if (what == "script") transcript.script = text;
    if (what == ">") transcript.answers.emplace_back(octets(text), "");
    if (what == "<") transcript.answers.back().second = octets(text);
    if (what == "exit") transcript.status = std::stoi(text);
    if (what == "sent") transcript.sent = octets(text);
    if (what == "unread") transcript.unread = octets(text);
    if (what == "report") transcript.reports.push_back(text);
  }
  return transcript;
}

}  // namespace

TEST_CASE("every transcript of the corpus goes as it is written", "[chat][corpus]") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TEST_CORPUS)) {
    INFO(entry.path().string());
    const Transcript transcript = read(entry.path());
    const auto played = chat_test::play(transcript.script, transcript.answers);
    CHECK(played.status == transcript.status);
    CHECK(played.sent == transcript.sent);
    CHECK(played.unread == transcript.unread);
    CHECK(played.reports == transcript.reports);
    ++count;
  }
  CHECK(count >= 3);
}
