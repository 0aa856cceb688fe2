#include "chat/options.h"

#include <catch2/catch.hpp>

namespace {

base::Result<chat::Options> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "chat");
  return chat::parse_options(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("flags are grouped and values attached", "[chat][options]") {
  const auto options = parse({"-Svt2", "-T555", "-U", "-5", "OK", "-v"});
  REQUIRE(options);
  CHECK(!options->log_to_syslog);
  CHECK(options->verbose);
  CHECK(options->settings.timeout == std::chrono::seconds(2));
  CHECK(options->settings.phone == "555");
  CHECK(options->settings.phone2 == "-5");
  CHECK(options->words == std::vector<std::string>{"OK", "-v"});
}

TEST_CASE("two dashes and the first word without a dash end the options", "[chat][options]") {
  CHECK(parse({"--", "-x"})->words == std::vector<std::string>{"-x"});
  CHECK(parse({"", "-x"})->words == std::vector<std::string>{"", "-x"});
  CHECK(parse({"-", "-x"})->words == std::vector<std::string>{"-", "-x"});
}

TEST_CASE("a time limit is a leading number and 0 is none", "[chat][options]") {
  CHECK(parse({})->settings.timeout == std::chrono::seconds(45));
  CHECK(parse({"-t", "3x"})->settings.timeout == std::chrono::seconds(3));
  CHECK(parse({"-t", "x"})->settings.timeout == std::chrono::seconds(0));
  CHECK(parse({"-t", "99999999999999999999"})->settings.timeout > std::chrono::hours(24 * 365));
}

TEST_CASE("a report file knows whether -v stood before it", "[chat][options]") {
  const auto options = parse({"-r", "a", "-vr", "b"});
  REQUIRE(options->report_files.size() == 2);
  CHECK(!options->report_files[0].announced);
  CHECK(options->report_files[1].announced);
}

TEST_CASE("the pace is 10 ms and can be set", "[chat][options]") {
  CHECK(parse({})->settings.pace == std::chrono::milliseconds(10));
  CHECK(parse({"--pace", "0", "OK"})->settings.pace == std::chrono::milliseconds(0));
  CHECK(parse({"-v", "--pace=25", "OK"})->settings.pace == std::chrono::milliseconds(25));
}

TEST_CASE("a script that is only to be checked is named by --check", "[chat][options]") {
  CHECK(parse({"-E", "--check", "a"})->check_file == "a");
  CHECK(!parse({"-f", "a"})->check_file);
}

TEST_CASE("wrong usage is one permanent line", "[chat][options]") {
  for (const auto& words : std::vector<std::vector<const char*>>{{"-x"},
                                                                 {"-t"},
                                                                 {"-f", "a", "OK"},
                                                                 {"--bogus"},
                                                                 {"--pace"},
                                                                 {"--pace", "x"},
                                                                 {"--pace=1s"},
                                                                 {"--pace", "10001"},
                                                                 {"--check"},
                                                                 {"--check", "a", "OK"},
                                                                 {"-fa", "--check", "b"}}) {
    const auto options = parse(words);
    REQUIRE(!options);
    CHECK(options.error().kind == base::FailureKind::permanent);
    CHECK(options.error().text.find("usage: chat ") != std::string::npos);
    CHECK(options.error().text.find('\n') == std::string::npos);
  }
}
