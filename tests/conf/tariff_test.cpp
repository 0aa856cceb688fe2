#include "conf/tariff.h"

#include <catch2/catch.hpp>

#include "conf/caps.h"
#include "conf/link.h"
#include "tests/mta/mail_store/scratch.h"

using namespace conf;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

Tariff read(const std::string& text) {
  auto file = TomlFile::parse(text, "t");
  REQUIRE(file);
  auto tariff = read_tariff(file->top());
  CHECK(file->faults() == Lines());
  return tariff;
}

// The faults of a whole tariff with these lines behind its first three.
Lines faults(const std::string& lines,
             const std::string& first = "currency = \"EUR\"\nprice = \"1\"\nstep = \"60s\"\n") {
  auto file = TomlFile::parse(first + lines, "t");
  REQUIRE(file);
  read_tariff(file->top());
  return file->faults();
}

}  // namespace

TEST_CASE("the first tariffs' four keys mean what they meant", "[conf][tariff]") {
  const auto tariff = read("currency = \"EUR\"\nsetup = \"0.0825\"\nprice = \"0.0312\"\nstep = \"60s\"\n");
  CHECK(tariff.currency == "EUR");
  CHECK(tariff.begin == BillingBegin::answer);
  CHECK(tariff.price.setup_nano == 82'500'000);
  CHECK(tariff.price.price_nano == 31'200'000);
  CHECK(tariff.price.step == 60s);
  CHECK(tariff.price.first_step == 60s);
  CHECK(tariff.bands.empty());
  CHECK_FALSE(tariff.volume);
}

TEST_CASE("every key of a tariff is read", "[conf][tariff]") {
  const auto tariff = read(R"(
currency = "USD"
time_zone = "Europe/Berlin"
begin = "connect"
handshake = "30s"
setup = "0.1"
price = "0.6"
per = "60s"
first_step = "30s"
step = "6s"
straddle = "split"
free_time = "10m"
free_volume = "1M"
period_day = 15
minimum = "0.2"
tax_percent = "7.7"
[round]
to = "0.05"
mode = "half-even"
at = "step"
[volume]
price = "0.01"
unit = "KiB"
block = 10
direction = "received"
round = "half-up"
[[band]]
name = "night"
days = ["mon", "sun"]
dates = ["12-25", "2026-04-06"]
from = "22:30"
to = "06:00"
price = "0.3"
)");
  CHECK(tariff.begin == BillingBegin::connect);
  CHECK(tariff.handshake == 30s);
  CHECK(tariff.per == 60s);
  CHECK(tariff.price.first_step == 30s);
  CHECK(tariff.price.step == 6s);
  CHECK(tariff.straddle == Straddle::split);
  CHECK(tariff.free_time == 600s);
  CHECK(tariff.free_octets == 1024 * 1024);
  CHECK(tariff.period_day == 15);
  CHECK(tariff.minimum_nano == 200'000'000);
  CHECK(tariff.tax_nano_percent == 7'700'000'000);
  CHECK(tariff.rounding.place_nano == 50'000'000);
  CHECK(tariff.rounding.mode == RoundingMode::half_even);
  CHECK(tariff.rounding.at == RoundingPoint::step);
  REQUIRE(tariff.volume);
  CHECK(tariff.volume->unit_octets == 1024);
  CHECK(tariff.volume->block_octets == 10240);
  CHECK(tariff.volume->direction == Direction::received);
  CHECK(tariff.volume->rounding == RoundingMode::half_up);
  REQUIRE(tariff.bands.size() == 1);
  const auto& band = tariff.bands.front();
  CHECK(band.days == std::vector{std::chrono::Monday, std::chrono::Sunday});
  REQUIRE(band.dates.size() == 2);
  CHECK_FALSE(band.dates[0].year);
  CHECK(band.dates[1].year == std::chrono::year(2026));
  CHECK(band.from == 22h + 30min);
  CHECK(band.to == 6h);
  CHECK(band.price.price_nano == 300'000'000);
  CHECK(band.price.first_step == 30s);
  CHECK(band.price.setup_nano == 100'000'000);
}

TEST_CASE("every bad value of a tariff is one line with file, line and key", "[conf][tariff]") {
  CHECK(faults("", "") == Lines{"t:1: currency is missing", "t:1: price is missing", "t:1: step is missing"});
  CHECK(faults("", "currency = \"E U\"\nprice = \"1\"\nstep = \"60s\"\n") ==
        Lines{"t:1: currency must be 1 to 8 letters"});
  CHECK(faults("", "currency = \"EUR\"\nprice = \"-1\"\nstep = \"1500ms\"\n") ==
        Lines{"t:2: price must be from 0 to 1000000", "t:3: step must be whole seconds from 1s to 2678400s"});
  CHECK(faults("begin = \"dail\"\n") ==
        Lines{"t:4: begin must be one of dial, answer, connect, not \"dail\"; did you mean dial?"});
  CHECK(faults("time_zone = \"Mars/Base\"\n").size() == 1);
  CHECK(faults("time_zone = \"Mars/Base\"\n").front().starts_with("t:4: time_zone is none of this host: "));
  CHECK(faults("period_day = 29\n") == Lines{"t:4: period_day must be an integer from 1 to 28, not 29"});
  CHECK(faults("free_volume = \"1M\"\n") == Lines{"t:4: free_volume needs [volume]"});
  CHECK(faults("tax_percent = \"-1\"\n") == Lines{"t:4: tax_percent must be from 0 to 1000"});
  CHECK(faults("straddle = \"split\"\n") ==
        Lines{"t:4: straddle split needs per: the time that a part of the price is counted by"});
  CHECK(faults("straddle = \"split\"\nper = \"60s\"\n[[band]]\nstep = \"1s\"\n") ==
        Lines{"t:7: band[1].step must be that of the other times where a step is split"});
  CHECK(faults("[round]\nto = \"0\"\n") == Lines{"t:5: round.to is no place to round to"});
  CHECK(faults("[volume]\nprice = \"1\"\nunit = \"KB\"\n") ==
        Lines{"t:6: volume.unit must be one of octet, kB, KiB, MB, MiB, not \"KB\"; did you mean kB?"});
  CHECK(faults("[[band]]\nfrom = \"24:30\"\nto = \"8:00\"\n") ==
        Lines{"t:5: band[1].from must be a time of the day (\"08:30\"), not \"24:30\"",
              "t:6: band[1].to must be a time of the day (\"08:30\"), not \"8:00\""});
  CHECK(faults("[[band]]\nfrom = \"08:00\"\nto = \"08:00\"\n") ==
        Lines{"t:6: band[1].to is the time at which the band begins"});
  CHECK(faults("[[band]]\ndates = [\"02-30\", \"2026-13-01\"]\n") ==
        Lines{"t:5: band[1].dates must hold dates (\"12-25\", \"2026-04-06\"), not \"02-30\"",
              "t:5: band[1].dates must hold dates (\"12-25\", \"2026-04-06\"), not \"2026-13-01\""});
  CHECK(faults("prcie = \"1\"\n") == Lines{"t:4: prcie is no key that is known here; did you mean price?"});
}

TEST_CASE("a tariff by volume alone needs no price of time", "[conf][tariff]") {
  CHECK(faults("[volume]\nprice = \"1\"\nunit = \"MB\"\n", "currency = \"EUR\"\n") == Lines());
}

TEST_CASE("caps are amounts, of a link with a tariff and of an account", "[conf][caps]") {
  const auto link_faults = [](const std::string& more) {
    auto file = TomlFile::parse("kind = \"line\"\nroutes = [\"r\"]\nmodem = \"m\"\nphone = \"1\"\n" + more, "t");
    REQUIRE(file);
    const auto link = read_link(file->top());
    return file->faults();
  };
  CHECK(
      link_faults("tariff = \"t\"\n[caps]\ncall = \"0.5\"\nday = \"1\"\nweek = 3\nmonth = \"8\"\nfailed = \"0.2\"\n") ==
      Lines());
  CHECK(link_faults("tariff = \"t\"\n[caps]\nday = \"-1\"\n") == Lines{"t:7: caps.day is less than nothing"});
  CHECK(link_faults("[caps]\nday = \"1\"\n") == Lines{"t:5: caps needs a tariff: without one nothing costs anything"});

  const Scratch scratch;
  Places places;
  places.config = scratch.path("etc");
  scratch.write("etc/accounts/office.toml", "month = \"20\"\n");
  scratch.write("etc/accounts/bad.toml", "yaer = \"20\"\n");
  CHECK(load_account(places, "office")->month == 20 * nano_units);
  CHECK_FALSE(load_account(places, "none")->month);
  CHECK_FALSE(load_account(places, "bad"));
}
