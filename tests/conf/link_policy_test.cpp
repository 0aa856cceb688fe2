#include "conf/link_policy.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;

std::vector<std::string> faults_of(const std::string& text) {
  auto file = conf::TomlFile::parse(text, "l.toml");
  REQUIRE(file);
  conf::read_link_policy(file->top());
  return file->faults();
}

std::string window_text(const std::string& text) {
  const auto window = conf::parse_call_window(text);
  if (!window) return "none";
  return std::to_string(window->days) + " " + std::to_string(window->begin.count()) + "-" +
         std::to_string(window->end.count());
}

}  // namespace

TEST_CASE("every key of when is read", "[conf][link_policy]") {
  auto file = conf::TomlFile::parse(R"(
max_size = "100k"
min_priority = -2
[when]
windows = ["mon-fri 08:00-18:00", "sat 22:00-06:00"]
zone = "UTC"
interval = "4h"
older = "30m"
messages = 10
octets = "200k"
priority = 4
pause = "1m"
dials_per_hour = 6
dials_per_day = 40
retries = 5
soon = { first = "2m", factor = 3, limit = "1h" }
later = { first = "1h" }
)",
                                    "l.toml");
  REQUIRE(file);
  const auto policy = conf::read_link_policy(file->top());
  REQUIRE(file->finish());
  CHECK(policy.max_size == 102400U);
  CHECK(policy.min_priority == -2);
  REQUIRE(policy.windows.size() == 2);
  CHECK(policy.windows[1].days == 0x20);
  CHECK(policy.zone == "UTC");
  CHECK(policy.interval == 4h);
  CHECK(policy.older == 30min);
  CHECK(policy.messages == 10U);
  CHECK(policy.octets == 204800U);
  CHECK(policy.priority == 4);
  CHECK(policy.pause == 1min);
  CHECK(policy.dials_per_hour == 6);
  CHECK(policy.dials_per_day == 40);
  CHECK(policy.retries == 5);
  CHECK(policy.soon.first == 2min);
  CHECK(policy.soon.factor == 3);
  CHECK(policy.soon.limit == 1h);
  CHECK(policy.later.first == 1h);
  CHECK(policy.later.limit == 4h);
}

TEST_CASE("without when every message is a reason to call, at any time", "[conf][link_policy]") {
  auto file = conf::TomlFile::parse("", "l.toml");
  REQUIRE(file);
  const auto policy = conf::read_link_policy(file->top());
  CHECK(file->faults().empty());
  CHECK(policy.windows.empty());
  CHECK_FALSE(policy.has_mail_trigger());
  CHECK_FALSE(policy.interval);
  CHECK_FALSE(policy.max_size);
}

TEST_CASE("a window is days and times of 24 hours", "[conf][link_policy]") {
  CHECK(window_text("mon-fri 08:00-18:00") == "31 480-1080");
  CHECK(window_text("Sat,sun 9:00-24:00") == "96 540-1440");
  CHECK(window_text("fri-mon 22:00-06:00") == "113 1320-360");
  CHECK(window_text("00:00-24:00") == "127 0-1440");
  CHECK(window_text("mon,wed-thu 0:30-0:31") == "13 30-31");
  for (const std::string text :
       {"", "mon", "8-18", "08:00-08:00", "24:00-06:00", "08:60-18:00", "08:00-25:00", "08:00-24:01", "8:0-18:00",
        "mo 08:00-18:00", "mon- 08:00-18:00", "mon 08:00-18:00 x", "mon,08:00-18:00", "08:00 - 18:00", "-1:00-2:00"}) {
    INFO(text);
    CHECK(window_text(text) == "none");
  }
}

TEST_CASE("a bad value of when is a fault with its line and key", "[conf][link_policy]") {
  const auto one = [](const std::string& line) {
    const auto faults = faults_of("[when]\n" + line + "\n");
    INFO(line);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].starts_with("l.toml:2: "));
    return faults[0];
  };
  CHECK(one("windows = []").find("names no time") != std::string::npos);
  CHECK(one("windows = [\"8-18\"]").find("is no window") != std::string::npos);
  CHECK(one("zone = \"Europe/Berlim\"").find("zone") != std::string::npos);
  CHECK(one("interval = \"0s\"").find("interval") != std::string::npos);
  one("older = \"soon\"");
  one("dials_per_hour = 0");
  one("dials_per_day = 1441");
  one("retries = 0");
  one("priority = 10");
  one("soon = { factor = 0 }");
  one("soon = { first = \"2m\", limit = \"1m\" }");
  CHECK(one("window = [\"08:00-18:00\"]").find("windows") != std::string::npos);
}

TEST_CASE("the pause after a failure grows by its factor up to its limit", "[conf][link_policy]") {
  const conf::BackOff back_off{1min, 30min, 2};
  CHECK(back_off.after(0) == 0min);
  CHECK(back_off.after(1) == 1min);
  CHECK(back_off.after(2) == 2min);
  CHECK(back_off.after(5) == 16min);
  CHECK(back_off.after(6) == 30min);
  CHECK(back_off.after(1'000'000'000) == 30min);
  CHECK(conf::BackOff{1min, 30min, 1}.after(1'000'000'000) == 1min);
  CHECK(conf::BackOff{0min, 30min, 2}.after(1'000'000'000) == 0min);
}
