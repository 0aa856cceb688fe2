#include "base/time_zone.h"

#include <stdlib.h>
#include <time.h>

#include <catch2/catch.hpp>
#include <random>

#include "base/directory.h"

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using Pass = base::TimeZone::Pass;

bool has_tzdata() {
  if (base::Directory::open("/usr/share/zoneinfo")) return true;
  WARN("not run: /usr/share/zoneinfo is not there (Debian package tzdata)");
  return false;
}

base::TimeZone zone(const std::string& name) {
  auto zone = base::TimeZone::load(name);
  REQUIRE(zone);
  return std::move(*zone);
}

std::chrono::local_seconds civil(int year, int month, int day, int hour, int minute) {
  return std::chrono::local_days(std::chrono::year(year) / month / day) + std::chrono::hours(hour) +
         std::chrono::minutes(minute);
}

std::string text(const base::TimeZone& zone, std::int64_t utc) {
  const auto local = zone.local(sys_seconds(seconds(utc)));
  const auto shown = static_cast<time_t>(local.civil.time_since_epoch().count());
  tm parts{};
  ::gmtime_r(&shown, &parts);
  char out[64];
  ::strftime(out, sizeof out, "%Y-%m-%d %H:%M:%S", &parts);
  return std::string(out) + " " + std::to_string(local.offset.count());
}

std::int64_t utc_of(const std::string& text) {
  tm parts{};
  ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  return ::timegm(&parts);
}

std::int64_t moment(const base::TimeZone& zone, std::chrono::local_seconds at, Pass pass) {
  return zone.utc(at, pass).time_since_epoch().count();
}

// A file of version 2 with these changes (moment, type), one type an offset, and this rule.
std::string file_of(const std::vector<std::pair<std::int64_t, int>>& changes, const std::vector<int>& offsets,
                    const std::string& rule) {
  const auto integer = [](std::int64_t value, int bytes) {
    std::string out;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out += static_cast<char>(static_cast<std::uint64_t>(value) >> static_cast<unsigned>(shift) & 0xFFU);
    }
    return out;
  };
  const auto header = [&](std::int64_t times, std::int64_t types, std::int64_t chars) {
    return "TZif2" + std::string(15, '\0') + std::string(12, '\0') + integer(times, 4) + integer(types, 4) +
           integer(chars, 4);
  };
  std::string file = header(0, 1, 1) + std::string(7, '\0');
  file += header(static_cast<std::int64_t>(changes.size()), static_cast<std::int64_t>(offsets.size()), 4);
  for (const auto& change : changes) file += integer(change.first, 8);
  for (const auto& change : changes) file += static_cast<char>(change.second);
  for (const int offset : offsets) file += integer(offset, 4) + std::string(2, '\0');
  return file + std::string("XYZ\0", 4) + "\n" + rule + "\n";
}

}  // namespace

TEST_CASE("the clocks of Berlin change at one o'clock UTC", "[base][zone]") {
  if (!has_tzdata()) return;
  const auto berlin = zone("Europe/Berlin");
  CHECK(text(berlin, utc_of("2026-03-29 00:59:59")) == "2026-03-29 01:59:59 3600");
  CHECK(text(berlin, utc_of("2026-03-29 01:00:00")) == "2026-03-29 03:00:00 7200");
  CHECK(text(berlin, utc_of("2026-10-25 00:59:59")) == "2026-10-25 02:59:59 7200");
  CHECK(text(berlin, utc_of("2026-10-25 01:00:00")) == "2026-10-25 02:00:00 3600");
  CHECK(berlin.next_change(sys_seconds(seconds(utc_of("2026-03-29 00:59:59")))) ==
        sys_seconds(seconds(utc_of("2026-03-29 01:00:00"))));
  CHECK(berlin.next_change(sys_seconds(seconds(utc_of("2026-03-29 01:00:00")))) ==
        sys_seconds(seconds(utc_of("2026-10-25 01:00:00"))));
}

TEST_CASE("a time that the clocks leap over is the moment of the leap", "[base][zone]") {
  if (!has_tzdata()) return;
  for (const auto pass : {Pass::earlier, Pass::later}) {
    CHECK(moment(zone("Europe/Berlin"), civil(2026, 3, 29, 2, 0), pass) == utc_of("2026-03-29 01:00:00"));
    CHECK(moment(zone("Europe/Berlin"), civil(2026, 3, 29, 2, 59), pass) == utc_of("2026-03-29 01:00:00"));
    CHECK(moment(zone("America/New_York"), civil(2026, 3, 8, 2, 30), pass) == utc_of("2026-03-08 07:00:00"));
    CHECK(moment(zone("Australia/Lord_Howe"), civil(2026, 10, 4, 2, 15), pass) == utc_of("2026-10-03 15:30:00"));
    // A whole day was left out.
    CHECK(moment(zone("Pacific/Apia"), civil(2011, 12, 30, 12, 0), pass) == utc_of("2011-12-30 10:00:00"));
  }
}

TEST_CASE("a time that the clocks show twice is the one that was asked for", "[base][zone]") {
  if (!has_tzdata()) return;
  const auto berlin = zone("Europe/Berlin");
  CHECK(moment(berlin, civil(2026, 10, 25, 2, 30), Pass::earlier) == utc_of("2026-10-25 00:30:00"));
  CHECK(moment(berlin, civil(2026, 10, 25, 2, 30), Pass::later) == utc_of("2026-10-25 01:30:00"));
  CHECK(moment(berlin, civil(2026, 10, 25, 3, 0), Pass::earlier) == utc_of("2026-10-25 02:00:00"));
  const auto york = zone("America/New_York");
  CHECK(moment(york, civil(2026, 11, 1, 1, 0), Pass::earlier) == utc_of("2026-11-01 05:00:00"));
  CHECK(moment(york, civil(2026, 11, 1, 1, 0), Pass::later) == utc_of("2026-11-01 06:00:00"));
  const auto lord_howe = zone("Australia/Lord_Howe");  // by half an hour
  CHECK(moment(lord_howe, civil(2026, 4, 5, 1, 45), Pass::earlier) == utc_of("2026-04-04 14:45:00"));
  CHECK(moment(lord_howe, civil(2026, 4, 5, 1, 45), Pass::later) == utc_of("2026-04-04 15:15:00"));
}

TEST_CASE("the file's rule holds for the years after its last change", "[base][zone]") {
  if (!has_tzdata()) return;
  const auto berlin = zone("Europe/Berlin");
  CHECK(text(berlin, utc_of("2199-07-01 12:00:00")) == "2199-07-01 14:00:00 7200");
  CHECK(text(berlin, utc_of("2199-12-01 12:00:00")) == "2199-12-01 13:00:00 3600");
  CHECK(berlin.next_change(sys_seconds(seconds(utc_of("2199-12-01 12:00:00")))) ==
        sys_seconds(seconds(utc_of("2200-03-30 01:00:00"))));
  CHECK(moment(berlin, civil(2200, 3, 30, 2, 30), Pass::earlier) == utc_of("2200-03-30 01:00:00"));
  CHECK_FALSE(zone("Asia/Tokyo").next_change(sys_seconds(seconds(utc_of("2026-01-01 00:00:00")))));
}

TEST_CASE("what a zone says is what the C library says", "[base][zone]") {
  if (!has_tzdata()) return;
  std::mt19937_64 random(20261123);
  std::uniform_int_distribution<std::int64_t> moments(utc_of("1900-01-01 00:00:00"), utc_of("2300-01-01 00:00:00"));
  for (const std::string name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin",
                                 "Asia/Kathmandu", "Africa/Casablanca", "America/Santiago", "Pacific/Apia",
                                 "Asia/Tehran", "America/Nuuk", "Antarctica/Troll", "Asia/Gaza", "Etc/UTC"}) {
    const auto loaded = base::TimeZone::load(name);
    if (!loaded) continue;  // a smaller tzdata
    ::setenv("TZ", name.c_str(), 1);
    ::tzset();
    int wrong = 0;
    for (int i = 0; i < 4000 && wrong == 0; ++i) {
      sys_seconds at(seconds(moments(random)));
      // Every other one at the very moment of a change, or a second before it.
      if (i % 2 != 0) at = loaded->next_change(at).value_or(at) - seconds(i % 4 / 2);
      const auto utc = static_cast<time_t>(at.time_since_epoch().count());
      tm parts{};
      ::localtime_r(&utc, &parts);
      const auto local = loaded->local(at);
      if (local.offset.count() != parts.tm_gmtoff) {
        UNSCOPED_INFO(name << " at " << utc << ": " << local.offset.count() << ", not " << parts.tm_gmtoff);
        ++wrong;
      }
      const bool leads_back =
          loaded->utc(local.civil, Pass::earlier) == at || loaded->utc(local.civil, Pass::later) == at;
      if (!leads_back) {
        UNSCOPED_INFO(name << " at " << utc << ": its civil time is that of another moment");
        ++wrong;
      }
    }
    CHECK(wrong == 0);
  }
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
}

TEST_CASE("UTC needs no tzdata and never changes", "[base][zone]") {
  const auto utc = zone("UTC");
  CHECK(text(utc, 0) == "1970-01-01 00:00:00 0");
  CHECK_FALSE(utc.next_change(sys_seconds(seconds(0))));
  CHECK(moment(utc, civil(2026, 10, 25, 2, 30), Pass::later) == utc_of("2026-10-25 02:30:00"));
  CHECK(base::TimeZone::load("local"));
}

TEST_CASE("a name that is none of a time zone is a permanent failure that says so", "[base][zone]") {
  for (const std::string name : {"", "/etc/passwd", "../passwd", "Europe/", "a b", "Europe/Berlim", "Europe"}) {
    const auto loaded = base::TimeZone::load(name);
    INFO(name);
    REQUIRE_FALSE(loaded);
    if (name != "Europe") CHECK(loaded.error().kind == base::FailureKind::permanent);
  }
  CHECK(base::TimeZone::load(std::string(65, 'a')).error().text.find("is no name of a time zone") != std::string::npos);
}

TEST_CASE("a rule's days and times are those of RFC 8536", "[base][zone]") {
  const auto at = [](const std::string& rule, const std::string& utc) {
    const auto zone = base::TimeZone::parse(file_of({}, {0}, rule), "made");
    REQUIRE(zone);
    return text(*zone, utc_of(utc));
  };
  // Julian days never count 29 February, days from zero do.
  CHECK(at("AAA0BBB,J60/0,J300", "2024-02-29 23:59:59") == "2024-02-29 23:59:59 0");
  CHECK(at("AAA0BBB,J60/0,J300", "2024-03-01 00:00:00") == "2024-03-01 01:00:00 3600");
  CHECK(at("AAA0BBB,59/0,300", "2024-02-29 00:00:00") == "2024-02-29 01:00:00 3600");
  // Summer all the year: its end is the next year's begin.
  CHECK(at("EST5EDT,0/0,J365/25", "2026-12-31 23:59:59") == "2026-12-31 19:59:59 -14400");
  CHECK(at("EST5EDT,0/0,J365/25", "2027-01-01 05:00:00") == "2027-01-01 01:00:00 -14400");
  // A time before the day and one past its end.
  CHECK(at("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29 01:00:00") == "2026-03-29 00:00:00 -3600");
  CHECK(at("IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27 00:00:00") == "2026-03-27 03:00:00 10800");
  CHECK(at("<+0330>-3:30", "2026-01-01 00:00:00") == "2026-01-01 03:30:00 12600");
}

TEST_CASE("a malformed zone file is refused", "[base][zone]") {
  const std::string good = file_of({{0, 1}, {1000, 0}}, {3600, 7200}, "CET-1CEST,M3.5.0,M10.5.0/3");
  REQUIRE(base::TimeZone::parse(good, "made"));
  for (std::size_t n = 0; n < good.size(); ++n) CHECK_FALSE(base::TimeZone::parse(good.substr(0, n), "made"));
  CHECK_FALSE(base::TimeZone::parse(file_of({{1000, 1}, {1000, 0}}, {0, 0}, ""), "made"));  // not ascending
  CHECK_FALSE(base::TimeZone::parse(file_of({{0, 2}}, {0, 0}, ""), "made"));                // no such type
  CHECK_FALSE(base::TimeZone::parse(file_of({}, {100'000}, ""), "made"));
  CHECK_FALSE(base::TimeZone::parse(file_of({}, {}, "UTC0"), "made"));
  for (const std::string rule : {"CET", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-25",
                                 "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/168", "<CET-1", "CET-1x"}) {
    INFO(rule);
    CHECK_FALSE(base::TimeZone::parse(file_of({}, {0}, rule), "made"));
  }
  std::string first_version = good;
  first_version[4] = '\0';
  CHECK_FALSE(base::TimeZone::parse(first_version, "made"));
  // Whatever the octets are, they are read within bounds.
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    for (int n = 0; n < 3; ++n) bad[random() % bad.size()] = static_cast<char>(random());
    const auto zone = base::TimeZone::parse(bad, "made");
    if (zone) CHECK(zone->local(zone->utc(civil(2026, 6, 1, 0, 0), Pass::later)).offset < std::chrono::hours(27));
  }
}
