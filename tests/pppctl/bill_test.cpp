#include "pppctl/bill.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/mta/mail_store/scratch.h"

using namespace pppctl;

namespace {

BillLine line(const std::string& account, std::int64_t nano, std::int64_t tax, bool is_settled = true) {
  Call call;
  call.id = 7;
  call.start.link = "provider";
  call.start.number = "0555100";
  call.start.account = account;
  call.start.currency = "EUR";
  call.reserved_nano = nano;
  if (is_settled) {
    money::Cost cost;
    cost.nano = nano;
    cost.tax_nano = tax;
    cost.billed_ms = 120000;
    call.cost = cost;
  }
  return {std::move(call), "2026-11-02 10:00:00"};
}

}  // namespace

TEST_CASE("a bill sums the calls of each account, with what is reserved by those that go on", "[pppctl][bill]") {
  const auto bill =
      bill_of("2026-11", {line("office", 119'000'000, 19'000'000), line("home", 5, 0),
                          line("office", 238'000'000, 38'000'000), line("office", 1'000'000'000, 0, false)});
  REQUIRE(bill);
  REQUIRE(bill->sums.size() == 2);
  const auto text = bill_text(*bill);
  CHECK(
      text.find("call 7  2026-11-02 10:00:00  provider  0555100  0.0 s, billed 120.0 s: set-up 0.00, time 0.00, volume "
                "0.00, tax 0.019, in all 0.119 EUR\n") == 0);
  CHECK(text.find("not settled, reserved 1.00 EUR\n") != std::string::npos);
  CHECK(text.find("office: 3 calls, 1 of them not settled, net 1.30, tax 0.057, in all 1.357 EUR\n") !=
        std::string::npos);
  CHECK(text.find("home: 1 call, net 0.000000005, tax 0.00, in all 0.000000005 EUR\n") != std::string::npos);
  const auto json = bill_json(*bill);
  CHECK(json.find("\"cost\": \"1.357\"") != std::string::npos);
  CHECK(json.find("\"settled\": false") != std::string::npos);
}

TEST_CASE("a bill that cannot be summed is a failure", "[pppctl][bill]") {
  const auto most = std::numeric_limits<std::int64_t>::max();
  CHECK_FALSE(bill_of("2026-11", {line("office", most, 0), line("office", 1, 0)}));
}
