#include "pppctl/money/pricing.h"

#include <catch2/catch.hpp>
#include <limits>

#include "conf/places.h"
#include "pppctl/money/band.h"
#include "pppctl/money/exact.h"

using namespace pppctl::money;
using namespace std::chrono;
using conf::RoundingMode;

namespace {

conf::Tariff example(const std::string& name) {
  conf::Places places;
  places.config = EXAMPLES;
  auto tariff = conf::load_tariff(places, name);
  INFO((tariff ? std::string() : tariff.error().text));
  REQUIRE(tariff);
  return *tariff;
}

conf::Tariff parsed(const std::string& text) {
  auto file = conf::TomlFile::parse(text, "t");
  REQUIRE(file);
  auto tariff = conf::read_tariff(file->top());
  const auto done = file->finish();
  INFO((done ? std::string() : done.error().text));
  REQUIRE(done);
  return tariff;
}

sys_seconds utc(int y, unsigned m, unsigned d, int hour, int minute, int second = 0) {
  return sys_days(year(y) / month(m) / day(d)) + hours(hour) + minutes(minute) + seconds(second);
}

Cost cost(const conf::Tariff& tariff, const Billed& billed, const Allowance& left = {}) {
  const auto found = price(tariff, billed, left);
  INFO((found ? std::string() : found.error().text));
  REQUIRE(found);
  return *found;
}

// "0.1234" in nano-units.
std::int64_t nano(const char* text) { return conf::parse_amount(text).value(); }

struct Bill {
  std::int64_t sum = 0;
  std::int64_t used_ms = 0;
  std::int64_t used_octets = 0;
};

// Calls of one period, one after the other, out of one allowance.
Bill bill_of(const conf::Tariff& tariff, const std::vector<std::pair<Billed, const char*>>& calls) {
  Bill bill;
  for (const auto& [billed, expected] : calls) {
    CAPTURE(billed.begin.time_since_epoch().count());
    const auto one = cost(tariff, billed, left_of(tariff, bill.used_ms, bill.used_octets));
    CHECK(one.nano == nano(expected));
    bill.sum += one.nano;
    bill.used_ms += one.free_ms;
    bill.used_octets += one.free_octets;
  }
  return bill;
}

}  // namespace

TEST_CASE("a month on a telephone line costs what was counted by hand", "[pppctl][money]") {
  // Berlin is UTC+1 until 2026-03-29 01:00 UTC, and UTC+2 from then on. 19 % tax on each call, both rounded to 0.0001.
  const auto bill = bill_of(
      example("landline"),
      {
          // Monday 10:00, 61 s: two minutes by day: 0.0825 + 2 * 0.0312 = 0.1449; tax 0.027531 -> 0.0275.
          {{utc(2026, 3, 2, 9, 0), 61s}, "0.1724"},
          // Monday 17:59:30, 60 s: one minute, begun by day: 0.1137; tax 0.021603 -> 0.0216.
          {{utc(2026, 3, 2, 16, 59, 30), 60s}, "0.1353"},
          // Monday 17:59:30, 60.001 s: a second one, begun in the evening: 0.1239; tax 0.023541 -> 0.0235.
          {{utc(2026, 3, 2, 16, 59, 30), 60001ms}, "0.1474"},
          // Tuesday 07:59, 180 s: one of the night, two by day: 0.0825 + 0.0102 + 0.0624 = 0.1551; tax 0.029469.
          {{utc(2026, 3, 3, 6, 59), 180s}, "0.1846"},
          // Saturday noon, 10 minutes: 0.1845; tax 0.035055 -> 0.0351.
          {{utc(2026, 3, 14, 11, 0), 600s}, "0.2196"},
          // Friday 23:59 into Saturday: the evening's price is the weekend's: 0.1029; tax 0.019551 -> 0.0196.
          {{utc(2026, 3, 20, 22, 59), 120s}, "0.1225"},
          // Monday 30th 07:59:59 summer time: one of the night, then the day: 0.1239; tax 0.0235.
          {{utc(2026, 3, 30, 5, 59, 59), 61s}, "0.1474"},
          // Answered and gone at once: a minute by day: 0.1137; tax 0.0216.
          {{utc(2026, 3, 31, 8, 0), 0s}, "0.1353"},
      });
  CHECK(bill.sum == nano("1.2645"));
  // Good Friday is not in the sheet, the second day of Christmas is: a Saturday in 2026, a Tuesday in 2028.
  CHECK(cost(example("landline"), {utc(2028, 12, 26, 11, 0), 60s}).time_nano == nano("0.0102"));
}

TEST_CASE("a month by mobile telephone costs what was counted by hand", "[pppctl][money]") {
  // 30 minutes free, then 0.29 a minute by the second behind the first minute; 0.09 a MB; each call up to a whole cent.
  const auto bill =
      bill_of(example("cellular"),
              {
                  // 25 minutes, 100,000 octets: free but for the volume, 0.009, and a call costs 0.05 at least.
                  {{utc(2026, 4, 15, 8, 0), 1500s, 60000, 40000}, "0.05"},
                  // 361 s: the first minute and 240 single seconds use the allowance up; 61 s * 0.29 / 60 = 0.294833…
                  {{utc(2026, 4, 16, 8, 0), 361s}, "0.30"},
                  // 61 s: 0.29 * 61 / 60 = 0.294833…, 1,234,567 octets 0.11111103: 0.40594436…
                  {{utc(2026, 4, 17, 8, 0), 61s, 1000000, 234567}, "0.41"},
                  // 0.2 s: the whole first minute.
                  {{utc(2026, 4, 18, 8, 0), 200ms}, "0.29"},
              });
  CHECK(bill.sum == nano("1.05"));
  CHECK(bill.used_ms == 1800 * 1000);
}

TEST_CASE("a month by satellite costs what was counted by hand", "[pppctl][money]") {
  const auto bill = bill_of(example("satellite"),
                            {
                                // 20 s by day 0.40; 1 octet is 10 kB: 0.04.
                                {{utc(2026, 7, 1, 12, 0), 20s, 1, 5000000}, "0.44"},
                                // 21 s: two steps 0.80; 10,001 octets are 20 kB: 0.08.
                                {{utc(2026, 7, 2, 12, 0), 21s, 10001, 0}, "0.88"},
                                // 21:59:50: 10 s at 1.20 and 10 s at 0.60: 0.30; then a step of the night, 0.20.
                                {{utc(2026, 7, 3, 21, 59, 50), 40s}, "0.50"},
                                // 05:59:47: 13 s * 0.01 + 7 s * 0.02 = 0.27.
                                {{utc(2026, 7, 4, 5, 59, 47), 3s}, "0.27"},
                            });
  CHECK(bill.sum == nano("2.09"));
}

TEST_CASE("rounding goes where its mode says, and exactly half is the question", "[pppctl][money]") {
  const auto rounded = [](std::int64_t value, RoundingMode mode) { return *Checked(value).rounded(1, 10, mode); };
  for (const auto mode : {RoundingMode::up, RoundingMode::half_up, RoundingMode::half_even, RoundingMode::down}) {
    CHECK(rounded(20, mode) == 20);
    CHECK(rounded(0, mode) == 0);
  }
  CHECK(rounded(21, RoundingMode::up) == 30);
  CHECK(rounded(24, RoundingMode::half_up) == 20);
  CHECK(rounded(25, RoundingMode::half_up) == 30);
  CHECK(rounded(25, RoundingMode::half_even) == 20);
  CHECK(rounded(35, RoundingMode::half_even) == 40);
  CHECK(rounded(26, RoundingMode::half_even) == 30);
  CHECK(rounded(29, RoundingMode::down) == 20);
}

TEST_CASE("a sum beyond 64 bits, or beyond 128 in between, is a failure and no number", "[pppctl][money]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(*Checked(most).rounded(1, 1, RoundingMode::up) == most);
  CHECK_FALSE((Checked(most) + Checked(1)).rounded(1, 1, RoundingMode::up));
  CHECK(*((Checked(most) * most).rounded(most, 1, RoundingMode::up)) == most);
  CHECK_FALSE((Checked(most) * most * most).rounded(most, 1, RoundingMode::down));
  CHECK_FALSE(Checked(1).rounded(Wide{most} * most, most, RoundingMode::down));
  const auto dear = parsed("currency = \"EUR\"\nprice = \"1000000\"\nstep = \"1s\"\n");
  CHECK_FALSE(price(dear, {utc(2026, 1, 1, 0, 0), days(10)}, {}));
}

TEST_CASE("the night of the change to winter time is an hour longer, that to summer time an hour shorter",
          "[pppctl][money]") {
  const auto tariff = parsed(
      "currency = \"EUR\"\ntime_zone = \"Europe/Berlin\"\nprice = \"1\"\nstep = \"3600s\"\n"
      "[[band]]\nfrom = \"00:00\"\nto = \"06:00\"\nprice = \"0\"\n");
  // From civil midnight 24 hours on: 7 free of 25 that the day has, 5 free of 23.
  CHECK(cost(tariff, {utc(2026, 10, 24, 22, 0), 25h}).nano == nano("18"));
  CHECK(cost(tariff, {utc(2026, 3, 28, 23, 0), 23h}).nano == nano("18"));
}

TEST_CASE("with counted units the band makes the step long or short, and a begun one stays as it is",
          "[pppctl][money]") {
  const auto tariff = parsed(
      "currency = \"DEM\"\nprice = \"0.12\"\nstep = \"90s\"\n"
      "[[band]]\nname = \"night\"\nfrom = \"21:00\"\nto = \"05:00\"\nstep = \"240s\"\n");
  // 20:58:00 + 90 s, 20:59:30 + 90 s, then 21:01:00 + 240 s.
  CHECK(cost(tariff, {utc(2026, 1, 5, 20, 58), 180s}).nano == nano("0.24"));
  CHECK(cost(tariff, {utc(2026, 1, 5, 20, 58), 420s}).nano == nano("0.36"));
  CHECK(cost(tariff, {utc(2026, 1, 5, 20, 58), 421s}).nano == nano("0.48"));
}

TEST_CASE("the end of the step in hand is the begin of the next", "[pppctl][money]") {
  const auto cellular = example("cellular");
  const auto begin = utc(2026, 4, 17, 8, 0);
  CHECK(paid_until(cellular, begin, 0ms) == 60s);
  CHECK(paid_until(cellular, begin, 59999ms) == 60s);
  CHECK(paid_until(cellular, begin, 60000ms) == 61s);
  CHECK(paid_until(cellular, begin, 61500ms) == 62s);
}

TEST_CASE("without bands and without knowing the time a call is no cheaper than at any time", "[pppctl][money]") {
  for (const auto* name : {"landline", "cellular", "satellite"}) {
    const auto tariff = example(name);
    const auto worst = worst_of(tariff);
    for (int hour = 0; hour < 24 * 8; ++hour) {
      for (const auto time : {0s, 20s, 59s, 61s, 600s, 5000s}) {
        const Billed billed{utc(2026, 3, 26, 0, 0) + hours(hour), time, 12345, 678};
        CHECK(cost(worst, billed).nano >= cost(tariff, billed).nano);
      }
    }
  }
}

TEST_CASE("billing begins where the tariff says, and what is not known is taken for the dearest", "[pppctl][money]") {
  auto tariff = example("landline");
  const auto begin = [&](const Moments& moments) { return billing_begin_ms(tariff, moments); };
  CHECK_FALSE(begin({}));
  CHECK(begin({1000, {}, 50000, 60000}) == 30000);
  CHECK(begin({40000, {}, 50000, 60000}) == 40000);
  CHECK(begin({1000, 12000, 50000, 60000}) == 12000);
  CHECK(begin({1000, {}, {}, 9000}) == 1000);
  CHECK_FALSE(begin({1000, {}, {}, 9000, true}));
  tariff.begin = conf::BillingBegin::connect;
  CHECK(begin({1000, {}, 50000, 60000}) == 50000);
  CHECK_FALSE(begin({1000, {}, {}, 9000}));
  tariff.begin = conf::BillingBegin::dial;
  CHECK(begin({1000, {}, {}, 9000, true}) == 1000);
}
