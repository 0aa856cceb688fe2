#include "pppctl/policy/call_windows.h"

#include <catch2/catch.hpp>

namespace {

namespace policy = pppctl::policy;
using std::chrono::sys_seconds;

conf::LinkPolicy berlin(const std::vector<std::string>& windows) {
  conf::LinkPolicy made;
  made.time_zone = base::TimeZone::load("Europe/Berlin").value_or(base::TimeZone());
  for (const auto& window : windows) made.windows.push_back(conf::parse_call_window(window).value());
  return made;
}

bool has_tzdata() {
  if (base::TimeZone::load("Europe/Berlin")) return true;
  WARN("not run: there is no Europe/Berlin in /usr/share/zoneinfo (Debian package tzdata)");
  return false;
}

sys_seconds utc(int month, int day, int hour, int minute) {
  return std::chrono::sys_days(std::chrono::year(2026) / month / day) + std::chrono::hours(hour) +
         std::chrono::minutes(minute);
}

}  // namespace

TEST_CASE("a window opens by the clocks of its place, in summer and winter", "[pppctl][policy]") {
  if (!has_tzdata()) return;
  const auto link = berlin({"08:00-18:00"});
  CHECK(policy::next_open(link, utc(1, 12, 3, 0)) == utc(1, 12, 7, 0));
  CHECK(policy::next_open(link, utc(7, 13, 3, 0)) == utc(7, 13, 6, 0));
  CHECK(policy::is_open(link, utc(7, 13, 15, 59)));
  CHECK_FALSE(policy::is_open(link, utc(7, 13, 16, 0)));
}

TEST_CASE("a window that the clocks leap into opens with the leap", "[pppctl][policy]") {
  if (!has_tzdata()) return;
  const auto link = berlin({"02:15-04:00"});
  CHECK(policy::next_open(link, utc(3, 29, 0, 30)) == utc(3, 29, 1, 0));
  // One that they leap over is not there on that day.
  CHECK(policy::next_open(berlin({"02:15-02:45"}), utc(3, 29, 0, 30)) == utc(3, 30, 0, 15));
}

TEST_CASE("a window that the clocks show twice opens twice", "[pppctl][policy]") {
  if (!has_tzdata()) return;
  const auto link = berlin({"02:15-02:45"});
  CHECK(policy::next_open(link, utc(10, 24, 23, 0)) == utc(10, 25, 0, 15));
  CHECK_FALSE(policy::is_open(link, utc(10, 25, 0, 45)));
  CHECK(policy::next_open(link, utc(10, 25, 0, 45)) == utc(10, 25, 1, 15));
  // Put back into a window that was over.
  CHECK(policy::next_open(berlin({"01:00-02:30"}), utc(10, 25, 0, 40)) == utc(10, 25, 1, 0));
}

TEST_CASE("a window over midnight belongs to the day of its begin", "[pppctl][policy]") {
  if (!has_tzdata()) return;
  const auto link = berlin({"sun 22:00-06:00"});
  CHECK(policy::is_open(link, utc(11, 23, 4, 59)));  // Monday
  CHECK_FALSE(policy::is_open(link, utc(11, 23, 5, 0)));
  CHECK(policy::next_open(link, utc(11, 23, 5, 0)) == utc(11, 29, 21, 0));
}

TEST_CASE("windows are said as they are written", "[pppctl][policy]") {
  CHECK(policy::windows_text(
            berlin({"mon-fri 8:00-18:00", "sat,sun 22:00-6:00", "mon,wed-thu 0:00-24:00", "1:00-2:00"})) ==
        "mon-fri 08:00-18:00, sat,sun 22:00-06:00, mon,wed,thu 00:00-24:00, 01:00-02:00");
}

TEST_CASE("whatever the moment, the next open one is the first that is open", "[pppctl][policy]") {
  if (!has_tzdata()) return;
  const auto link = berlin({"mon-fri 02:15-02:45", "sat 22:00-02:30", "sun 12:00-12:30"});
  for (auto at = utc(3, 20, 0, 7); at < utc(4, 2, 0, 0); at += std::chrono::minutes(113)) {
    const auto open = policy::next_open(link, at);
    REQUIRE(policy::is_open(link, open));
    for (auto before = at; before < open; before += std::chrono::minutes(15))
      REQUIRE_FALSE(policy::is_open(link, before));
  }
}
