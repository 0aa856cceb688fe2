#include "pppctl/options.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace pppctl;

namespace {

base::Result<Options> parsed(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> all{"pppctl"};
  for (std::string word; stream >> word;) all.push_back(word);
  std::vector<const char*> words;
  for (const auto& word : all) words.push_back(word.c_str());
  return parse_options(static_cast<int>(words.size()), words.data());
}

std::string refusal(const std::string& text) {
  const auto options = parsed(text);
  if (options) return {};
  CHECK(options.error().kind == base::FailureKind::permanent);
  CHECK(options.error().text.find('\n') == std::string::npos);
  return options.error().text.substr(0, options.error().text.find(" (usage: pppctl session "));
}

}  // namespace

TEST_CASE("options stand before or behind the link", "[pppctl][options]") {
  for (const std::string words :
       {"session provider --verbose --jobs fetch,flush", "--jobs fetch,flush --verbose session provider",
        "session --jobs=fetch,flush provider --verbose"}) {
    const auto options = parsed(words);
    REQUIRE(options);
    CHECK(options->command == Command::session);
    CHECK(options->link == "provider");
    CHECK(options->verbose);
    CHECK(options->jobs == std::vector<conf::Job>{conf::Job::fetch, conf::Job::flush});
  }
  const auto history = parsed("history --last 3 --json");
  REQUIRE(history);
  CHECK(history->last == 3);
  CHECK(history->link.empty());
  const auto notify = parsed("notify up provider");
  REQUIRE(notify);
  CHECK(notify->event == "up");
  CHECK(notify->link == "provider");
}

TEST_CASE("an option of another command is refused, with those that it is for", "[pppctl][options]") {
  CHECK(refusal("status --always") == "--always is for session");
  CHECK(refusal("status --verbose") == "--verbose is for session");
  CHECK(refusal("status --jobs flush") == "--jobs is for session");
  CHECK(refusal("history --max-time 5m") == "--max-time is for session");
  CHECK(refusal("plan --if-mail due") == "--if-mail is for session");
  CHECK(refusal("session a --json") == "--json is for status, history, check, plan and bill");
  CHECK(refusal("history --watch") == "--watch is for status");
  CHECK(refusal("status --no-modem") == "--no-modem is for check");
  CHECK(refusal("check --answers x") == "--answers is for setup");
  CHECK(refusal("check --examples x") == "--examples is for setup");
  CHECK(refusal("check --replace") == "--replace is for setup");
  CHECK(refusal("connect a --peers") == "--peers is for setup");
  CHECK(refusal("connect a --peers-dir x") == "--peers-dir is for setup");
  CHECK(refusal("status --last 3") == "--last is for history");
  CHECK(refusal("plan --month 2026-11") == "--month is for bill");
  CHECK(refusal("notify up a --json") == "--json is for status, history, check, plan and bill");
}

TEST_CASE("options that do not go together are refused", "[pppctl][options]") {
  CHECK(refusal("status --watch --json") == "--watch is not with --json");
  CHECK(refusal("setup --peers") == "--peers is for setup with a link, and nothing else");
  CHECK(refusal("setup a --peers --replace") == "--peers is for setup with a link, and nothing else");
  CHECK(refusal("setup a --peers-dir x") == "--peers-dir is for setup --peers");
  CHECK(refusal("session a --always --if-mail due") == "--always and --if-mail are two different orders");
  CHECK(refusal("session any --always") == "--always is for one link");
}

TEST_CASE("a command has the operands that it needs, and no others", "[pppctl][options]") {
  CHECK(refusal("") == "what is to be done?");
  CHECK(refusal("sesion a").starts_with("unknown command 'sesion'"));
  CHECK(refusal("session") == "session needs a link, or any");
  for (const std::string word : {"clear", "up", "down", "connect"}) CHECK(refusal(word) == word + " needs a link");
  for (const std::string word : {"daemon", "reload", "next"}) CHECK(refusal(word + " a") == word + " is for all links");
  for (const std::string word : {"status", "history", "recover", "check", "setup", "plan", "bill"}) {
    CHECK(refusal(word).empty());
    CHECK(refusal(word + " a").empty());
    CHECK(refusal(word + " a b") == "one link at a time");
  }
  CHECK(refusal("notify up") == "notify needs an event and a link");
}

TEST_CASE("a value that is none of its option's is refused", "[pppctl][options]") {
  for (const std::string words : {"history --last 0", "history --last 3x", "session a --jobs x",
                                  "session a --max-time x", "session a --if-mail x", "status --last"}) {
    CHECK_FALSE(refusal(words).empty());
  }
}
