#include "conf/toml.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using conf::Need;

namespace {

conf::TomlFile file_of(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "file.toml");
  REQUIRE(file);
  return std::move(*file);
}

// The faults after one question.
template <class Question>
std::vector<std::string> faults(std::string_view text, Question question) {
  auto file = file_of(text);
  question(file.top());
  return file.faults();
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("values are read by their types", "[conf][toml]") {
  auto file = file_of(
      "name = \"x\"\nport = 25\non = true\nwait = \"5m\"\nmost = \"10k\"\nprice = \"0.0312\"\nfee = 2\n"
      "hosts = [\"a\", \"b\"]\nkind = \"ppp\"\n[call]\nphone = \"*99#\"\n[[job]]\nrun = \"flush\"\n[[job]]\nrun = "
      "\"fetch\"\n");
  auto& top = file.top();
  CHECK(top.text("name") == "x");
  CHECK(top.integer("port", 1, 65535) == 25);
  CHECK(top.boolean("on") == true);
  CHECK(top.duration("wait") == 5min);
  CHECK(top.size("most") == 10240);
  CHECK(top.amount("price") == 31'200'000);
  CHECK(top.amount("fee") == 2'000'000'000);
  CHECK(top.texts("hosts") == Lines{"a", "b"});
  CHECK(top.choice("kind", {"line", "ppp"}) == "ppp");
  auto* call = top.table("call");
  REQUIRE(call != nullptr);
  CHECK(call->text("phone") == "*99#");
  const auto jobs = top.tables("job");
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0]->text("run") == "flush");
  CHECK(jobs[1]->text("run") == "fetch");
  CHECK_FALSE(top.text("missing"));
  CHECK(file.finish());
}

TEST_CASE("a key that nobody asked for is named with its line and the nearest that was", "[conf][toml]") {
  auto file = file_of("kind = 1\n\nphnoe = \"1\"\n[call]\nx = 1\n");
  file.top().text("phone");
  file.top().integer("kind", 0, 9);
  file.top().table("call");
  CHECK(file.faults() == Lines{"file.toml:3: phnoe is no key that is known here; did you mean phone?",
                               "file.toml:5: call.x is no key that is known here"});
  const auto done = file.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == base::FailureKind::permanent);
  CHECK(done.error().text == "file.toml:3: phnoe is no key that is known here; did you mean phone? (and 1 more)");
}

TEST_CASE("a wrong type and a bad value name file, line and key", "[conf][toml]") {
  using Table = conf::TomlTable;
  CHECK(faults("a = 1", [](Table& t) { t.text("a"); }) == Lines{"file.toml:1: a must be a string, not an integer"});
  CHECK(faults("a = 0", [](Table& t) { t.integer("a", 1, 9); }) ==
        Lines{"file.toml:1: a must be an integer from 1 to 9, not 0"});
  CHECK(faults("a = 1.0", [](Table& t) { t.integer("a", 1, 9); }) ==
        Lines{"file.toml:1: a must be an integer from 1 to 9, not a floating-point number"});
  CHECK(faults("a = \"yes\"", [](Table& t) { t.boolean("a"); }) ==
        Lines{"file.toml:1: a must be true or false, not a string"});
  CHECK(faults("a = 30", [](Table& t) { t.duration("a"); }) ==
        Lines{"file.toml:1: a must be a duration (\"500ms\", \"30s\", \"5m\", \"2h\", \"1d\"), not an integer"});
  CHECK(faults("a = \"10q\"", [](Table& t) { t.size("a"); }) ==
        Lines{"file.toml:1: a must be a size (\"800\", \"10k\", \"2M\", \"1G\"), not \"10q\""});
  CHECK(faults("a = 0.1", [](Table& t) { t.amount("a"); }) ==
        Lines{"file.toml:1: a must be an amount as a string (\"0.0625\": at most nine decimals), not a floating-point "
              "number"});
  CHECK(faults("\na = [\"x\", 1]", [](Table& t) { t.texts("a"); }) ==
        Lines{"file.toml:2: a must be an array of strings"});
  CHECK(faults("a = \"pp\"", [](Table& t) {
          t.choice("a", {"ppp", "line"});
        }) == Lines{"file.toml:1: a must be one of ppp, line, not \"pp\"; did you mean ppp?"});
  CHECK(faults("a = [\"flsh\"]", [](Table& t) {
          t.choices("a", {"flush", "fetch"});
        }) == Lines{"file.toml:1: a may hold flush, fetch, not \"flsh\"; did you mean flush?"});
  CHECK(faults("a = 1", [](Table& t) { t.table("a"); }) == Lines{"file.toml:1: a must be a table, not an integer"});
  CHECK(faults("a = [1]", [](Table& t) { t.tables("a"); }) == Lines{"file.toml:1: a must be tables, written as [[a]]"});
}

TEST_CASE("a missing required key is named and so is its table", "[conf][toml]") {
  auto file = file_of("x = 1\n[[job]]\n[[job]]\nrun = \"a\"\n");
  file.top().integer("x", 0, 9);
  file.top().text("phone", Need::required);
  for (auto* job : file.top().tables("job")) job->text("run", Need::required);
  CHECK(file.faults() == Lines{"file.toml:1: phone is missing", "file.toml:2: job[1].run is missing"});
}

TEST_CASE("a file that is no TOML is refused with its line", "[conf][toml]") {
  const auto file = conf::TomlFile::parse("a = 1\nb = \n", "file.toml");
  REQUIRE_FALSE(file);
  CHECK(file.error().kind == base::FailureKind::permanent);
  CHECK(file.error().text.starts_with("file.toml:2: "));
  CHECK_FALSE(conf::TomlFile::parse("a = 1\na = 2\n", "file.toml"));
}

TEST_CASE("a file that is not there is named", "[conf][toml]") {
  const auto file = conf::TomlFile::load("/nonexistent/file.toml");
  REQUIRE_FALSE(file);
  CHECK(file.error().text == "open /nonexistent/file.toml: there is no such file");
}

TEST_CASE("durations are a whole number and one unit", "[conf][toml]") {
  CHECK(conf::parse_duration("500ms") == 500ms);
  CHECK(conf::parse_duration("0s") == 0s);
  CHECK(conf::parse_duration("2h") == 2h);
  CHECK(conf::parse_duration("1d") == 24h);
  for (const char* bad : {"", "s", "30", "1.5s", "-1s", "1 s", "1S", "30s ", "99999999999d", "1h30m"}) {
    CHECK_FALSE(conf::parse_duration(bad));
  }
}

TEST_CASE("sizes count in powers of 1024 and never overflow", "[conf][toml]") {
  CHECK(conf::parse_size("800") == 800);
  CHECK(conf::parse_size("1k") == 1024);
  CHECK(conf::parse_size("2M") == 2097152);
  CHECK(conf::parse_size("1G") == 1073741824);
  for (const char* bad : {"", "k", "1K", "1.5M", "-1", "99999999999999999G"}) CHECK_FALSE(conf::parse_size(bad));
}

TEST_CASE("amounts are exact to nine decimals", "[conf][toml]") {
  CHECK(conf::parse_amount("0.1") == 100'000'000);
  CHECK(conf::parse_amount("12") == 12'000'000'000);
  CHECK(conf::parse_amount("-1.5") == -1'500'000'000);
  CHECK(conf::parse_amount("0.000000001") == 1);
  for (const char* bad : {"", "-", "1.", ".5", "0.0000000001", "1,5", "1e3", "99999999999999", "1.-5", "--1"}) {
    CHECK_FALSE(conf::parse_amount(bad));
  }
}
