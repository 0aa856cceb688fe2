#include "pppctl/meter.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <random>

#include "pppctl/money/caps.h"
#include "tests/mta/mail_store/scratch.h"

using namespace pppctl;
using namespace std::chrono;

namespace {

constexpr std::int64_t noon = 1'782'907'200'000;  // 2026-07-01 12:00 UTC, a Wednesday
constexpr std::int64_t cent = conf::nano_units / 100;

template <class T>
void good(const base::Result<T>& result) {
  INFO((result ? std::string() : result.error().text));
  REQUIRE(result);
}

conf::Tariff tariff_of(const std::string& lines) {
  auto file = conf::TomlFile::parse("currency = \"EUR\"\n" + lines, "t");
  REQUIRE(file);
  auto tariff = conf::read_tariff(file->top());
  good(file->finish());
  tariff.name = "t";
  return tariff;
}

// A cent a second from CONNECT on.
const std::string by_second = "begin = \"connect\"\nprice = \"0.01\"\nstep = \"1s\"\n";

std::optional<Purse> purse_of(const std::string& tariff, const conf::Caps& link = {}, const conf::Caps& account = {}) {
  return Purse{tariff_of(tariff), "provider", "office", link, account};
}

conf::Caps day_cap(std::int64_t nano) {
  conf::Caps caps;
  caps.day = nano;
  return caps;
}

CallStart start_at(std::int64_t ms) {
  return {"provider", "line", "1", "m", "/dev/m", "", "/l", this_process(), {noon + ms, 1000 + ms}};
}

Moment after(std::int64_t ms) { return {noon + ms, 1000 + ms}; }

struct Desk {
  Scratch scratch;
  base::Result<Ledger> ledger = Ledger::open(scratch.path("ledger"));
  Desk() { good(ledger); }
};

// One call that is connected at once, looked at every 200 ms until it is ordered to end or has lasted. How long it was.
std::int64_t call(Desk& desk, const std::optional<Purse>& purse, std::int64_t at, std::int64_t lasts,
                  bool moves = true) {
  Meter meter(purse, *desk.ledger);
  const auto begun = meter.begin(start_at(at), seconds(0));
  good(begun);
  if (begun->refused) return -1;
  meter.dialled(after(at));
  std::int64_t time = 0;
  if (meter.connected(after(at), seconds(0))) {
    while (time < lasts &&
           meter.tick(after(at + time), {moves ? static_cast<std::uint64_t>(time) : 1, 0}, 0) == Meter::Order::go_on) {
      time += 200;
    }
  }
  good(meter.settle(after(at + time).boot_ms, {}));
  good(desk.ledger->end(begun->id, {CallResult::ok, "", "", 0, after(at + time), {}}, {}));
  return time;
}

std::int64_t spent(Desk& desk) {
  std::int64_t sum = 0;
  const auto calls = desk.ledger->calls("", 1000);
  good(calls);
  for (const auto& one : *calls) sum += one.cost ? one.cost->nano : one.reserved_nano;
  return sum;
}

}  // namespace

TEST_CASE("windows begin with the provider's day, its Monday and its period's day", "[pppctl][money]") {
  auto tariff = tariff_of(by_second + "time_zone = \"Europe/Berlin\"\nperiod_day = 15\n");
  const auto utc = [](int y, unsigned m, unsigned d, int hour) {
    return sys_days(year(y) / month(m) / day(d)) + hours(hour);
  };
  // Sunday 2026-03-29 01:30 UTC is 03:30 in Berlin, an hour after its clocks were put forward.
  const auto windows = money::windows_at(tariff, utc(2026, 3, 29, 1) + minutes(30));
  CHECK(windows.day == utc(2026, 3, 28, 23));
  CHECK(windows.week == utc(2026, 3, 22, 23));
  CHECK(windows.month == utc(2026, 3, 14, 23));
  CHECK(windows.next_day == utc(2026, 3, 29, 22));
  CHECK(windows.next_month == utc(2026, 4, 14, 22));
  // In January the period is that of December.
  CHECK(money::windows_at(tariff, utc(2026, 1, 14, 22)).month == utc(2025, 12, 14, 23));
  CHECK(money::windows_at(tariff, utc(2026, 1, 14, 23)).month == utc(2026, 1, 14, 23));
}

TEST_CASE("each cap is heeded, and told with what is spent of it", "[pppctl][money]") {
  conf::Caps caps;
  const money::Wanted wanted{10 * cent, false, "EUR"};
  const auto windows = money::windows_at(tariff_of(by_second), money::second_of(noon));
  const money::Spent spent{90 * cent, 95 * cent, 200 * cent, 20 * cent};
  CHECK_FALSE(money::breach(caps, spent, wanted, windows, "link l"));
  caps.call = 10 * cent;
  caps.day = 100 * cent;
  CHECK_FALSE(money::breach(caps, spent, wanted, windows, "link l"));
  caps.week = 104 * cent;
  CHECK(money::breach(caps, spent, wanted, windows, "link l")->reason ==
        "the cap of link l for a week is 1.04 EUR: 0.95 is spent, and the call would cost 0.10");
  CHECK(money::breach(caps, spent, wanted, windows, "link l")->until == sys_days(2026y / 7 / 6));
  caps.week.reset();
  caps.month = 209 * cent;
  CHECK(money::breach(caps, spent, wanted, windows, "account a")
            .value()
            .reason.starts_with("the cap of account a for a month is 2.09"));
  caps.month.reset();
  caps.call = 10 * cent - 1;
  CHECK(money::breach(caps, spent, wanted, windows, "link l").value().reason.find("for a call is 0.099999999 EUR") !=
        std::string::npos);
  caps.call.reset();
  caps.failed = 29 * cent;
  CHECK(money::breach(caps, spent, wanted, windows, "link l").value().reason.find("a day's calls without mail") !=
        std::string::npos);
  CHECK_FALSE(money::breach(caps, spent, {10 * cent, true, "EUR"}, windows, "link l"));
}

TEST_CASE("a call that the caps refuse leaves no row", "[pppctl][meter]") {
  Desk desk;
  const auto purse =
      purse_of("begin = \"connect\"\nsetup = \"0.05\"\nprice = \"0.01\"\nstep = \"60s\"\n", day_cap(cent));
  CHECK(call(desk, purse, 0, 1000) == -1);
  CHECK(desk.ledger->calls("", 10)->empty());
}

TEST_CASE("a quote tells what a call would cost and until when it may not be made, and reserves nothing",
          "[pppctl][meter]") {
  Desk desk;
  desk.scratch.write("etc/tariffs/t.toml", "currency = \"EUR\"\nbegin = \"dial\"\nprice = \"0.1\"\nstep = \"60s\"\n");
  conf::Places places;
  places.config = desk.scratch.path("etc");
  conf::LinkProfile link;
  CHECK_FALSE(quote_call(places, link, *desk.ledger, after(0), seconds(90)).value());
  link.name = "provider";
  link.account = "office";
  link.tariff = "t";
  link.caps.day = 20 * cent;
  const auto quote = quote_call(places, link, *desk.ledger, after(0), seconds(90));
  good(quote);
  CHECK((*quote)->cost.nano == 20 * cent);
  CHECK_FALSE((*quote)->refused);
  CHECK(desk.ledger->calls("", 10)->empty());
  link.caps.day = 20 * cent - 1;
  const auto refused = quote_call(places, link, *desk.ledger, after(0), seconds(90));
  good(refused);
  REQUIRE((*refused)->refused);
  CHECK((*refused)->refused->until == sys_days(2026y / 7 / 2));
}

TEST_CASE("a call ends before a step that its cap does not allow", "[pppctl][meter]") {
  Desk desk;
  const auto purse = purse_of(by_second, day_cap(20 * cent));
  const auto time = call(desk, purse, 0, 60000);
  CHECK(time > 20000 - Meter::stop_lead_ms - 1500);
  CHECK(time <= 20000 - Meter::stop_lead_ms + 1000);
  // What it had reserved for the jobs' end is there again, and too little for another call's.
  CHECK(call(desk, purse, 30000, 1000) == 0);
  CHECK(spent(desk) <= 20 * cent);
}

TEST_CASE("a paid step is used while mail moves, and none is begun for nothing", "[pppctl][meter]") {
  const auto purse = purse_of("begin = \"connect\"\nprice = \"0.05\"\nstep = \"60s\"\n");
  Desk desk;
  CHECK(call(desk, purse, 0, 100000) == 100000);
  const auto time = call(desk, purse, 200000, 200000, false);
  CHECK(time > 60000 - Meter::stop_lead_ms - 400);
  CHECK(time < 60000 - Meter::stop_lead_ms + 400);
  // Where time has no price, silence is no reason.
  const auto free = purse_of("begin = \"connect\"\n[volume]\nprice = \"1\"\nunit = \"MB\"\n");
  CHECK(call(desk, free, 500000, 200000, false) == 200000);
}

TEST_CASE("who has not ended in time is told to hurry, once", "[pppctl][meter]") {
  Desk desk;
  const auto purse = purse_of(by_second, day_cap(10 * cent));
  Meter meter(purse, *desk.ledger);
  good(meter.begin(start_at(0), seconds(0)));
  REQUIRE(meter.connected(after(0), seconds(0)));
  std::vector<std::pair<std::int64_t, Meter::Order>> orders;
  for (std::int64_t time = 0; time < 12000; time += 100) {
    const auto order = meter.tick(after(time), {static_cast<std::uint64_t>(time), 0}, 0);
    if (order != Meter::Order::go_on) orders.emplace_back(time, order);
  }
  REQUIRE(orders.size() == 2);
  CHECK(orders[0].second == Meter::Order::stop);
  CHECK(orders[1].second == Meter::Order::hurry);
  CHECK(orders[1].first <= 10000 - Meter::hurry_lead_ms + 100);
  CHECK(meter.reason()->starts_with("budget reached: the cap of link provider for a day is 0.10 EUR"));
}

TEST_CASE("octets are reserved before they go, and a cap stops them", "[pppctl][meter]") {
  Desk desk;
  const auto purse =
      purse_of("begin = \"connect\"\n[volume]\nprice = \"0.01\"\nunit = \"kB\"\n", {}, day_cap(100 * cent));
  Meter meter(purse, *desk.ledger);
  good(meter.begin(start_at(0), seconds(0)));
  REQUIRE(meter.connected(after(0), seconds(0)));
  std::uint64_t octets = 0;
  while (meter.tick(after(static_cast<std::int64_t>(octets)), {octets, 0}, 0) == Meter::Order::go_on) octets += 500;
  CHECK(octets >= 99'000);
  CHECK(octets <= 100'000);
}

TEST_CASE("two links of an account share its caps and its free time", "[pppctl][meter]") {
  Desk desk;
  const auto tariff = by_second + "free_time = \"30s\"\n";
  auto one = purse_of(tariff, {}, day_cap(10 * cent));
  auto other = one;
  other->link = "branch";
  CHECK(call(desk, one, 0, 25000) == 25000);
  CHECK(spent(desk) == 0);
  // Five seconds are free, ten may be paid; the leads are the jobs'.
  const auto time = call(desk, other, 40000, 60000);
  CHECK(time > 15000 - Meter::stop_lead_ms - 1500);
  CHECK(time <= 15000);
  auto stranger = one;
  stranger->account = "home";
  CHECK(call(desk, stranger, 120000, 25000) == 25000);
}

TEST_CASE("failed calls have a cap of their own, and one that has carried mail is none", "[pppctl][meter]") {
  Desk desk;
  conf::Caps caps;
  caps.failed = 5 * cent;
  const auto purse = purse_of("begin = \"dial\"\nprice = \"0.02\"\nstep = \"60s\"\n", caps);
  CHECK(call(desk, purse, 0, 1000) == 1000);
  CHECK(call(desk, purse, 100000, 1000) == 1000);
  CHECK(call(desk, purse, 200000, 1000) == -1);
  JobRecord job;
  job.job = "flush";
  job.accepted = 1;
  CallNews news;
  news.jobs.push_back(job);
  good(desk.ledger->change_phases(desk.ledger->calls("", 1)->front().id, {}, {}, news));
  CHECK(call(desk, purse, 300000, 1000) == 1000);
}

TEST_CASE("whatever calls are made, no cap is passed", "[pppctl][meter]") {
  std::mt19937 chance(8);
  const auto any = [&](std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(0, most)(chance); };
  const std::vector<std::string> tariffs{
      by_second, "begin = \"connect\"\nsetup = \"0.03\"\nprice = \"0.07\"\nstep = \"20s\"\n",
      "begin = \"connect\"\nprice = \"0.02\"\nper = \"10s\"\nfirst_step = \"30s\"\nstep = \"7s\"\ntax_percent = "
      "\"19\"\n",
      "begin = \"connect\"\nprice = \"0.1\"\nstep = \"60s\"\nminimum = \"0.15\"\n[[band]]\nfrom = \"12:01\"\nto = "
      "\"12:03\"\nprice = \"0.3\"\n"};
  for (int round = 0; round < 12; ++round) {
    Desk desk;
    const auto cap = (20 + any(100)) * cent;
    const auto purse = purse_of(tariffs[static_cast<std::size_t>(round) % tariffs.size()], {}, day_cap(cap));
    std::int64_t at = any(60000);
    for (int calls = 0; calls < 12; ++calls) {
      const auto time = call(desk, purse, at, any(40000), any(3) > 0);
      at += std::max<std::int64_t>(time, 0) + any(30000);
    }
    CAPTURE(round, cap);
    CHECK(spent(desk) <= cap);
  }
}

TEST_CASE("two processes at once never pass a cap", "[pppctl][meter]") {
  Desk desk;
  const auto purse =
      purse_of("begin = \"connect\"\nsetup = \"0.07\"\nprice = \"0\"\nstep = \"60s\"\n", {}, day_cap(200 * cent));
  std::vector<pid_t> children;
  for (int i = 0; i < 2; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto own = Ledger::open(desk.scratch.path("ledger"));
      bool is_refused = false;
      for (int calls = 0; own && calls < 100 && !is_refused; ++calls) {
        Meter meter(purse, *own);
        const auto begun = meter.begin(start_at(calls), seconds(0));
        is_refused = begun && begun->refused;
      }
      ::_exit(is_refused ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = 1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  // 28 set-up fees of 0.07 fit into 2.00.
  CHECK(desk.ledger->calls("", 1000)->size() == 28);
  CHECK(spent(desk) == 196 * cent);
}

TEST_CASE("a call that died is priced to when its line fell at the latest, and only once", "[pppctl][meter]") {
  Desk desk;
  desk.scratch.write("etc/tariffs/t.toml", "currency = \"EUR\"\n" + by_second);
  conf::Places places;
  places.config = desk.scratch.path("etc");
  const auto purse = purse_of(by_second);
  Meter meter(purse, *desk.ledger);
  const auto begun = meter.begin(start_at(0), seconds(0));
  good(begun);
  good(desk.ledger->change_phases(begun->id, {{Phase::dialling, after(1000), {}}, {Phase::connected, after(5000), {}}},
                                  {}));
  good(desk.ledger->note_octets(begun->id, {10, 10}, after(15000)));
  good(settle_dead(*desk.ledger, places, desk.ledger->open_calls("")->front()));
  const auto cost = desk.ledger->open_calls("")->front().cost;
  REQUIRE(cost);
  CHECK(cost->billed_ms == 10000 + 15000);
  CHECK(cost->nano == 25 * cent);
  // With another price it stays what it was.
  desk.scratch.write("etc/tariffs/t.toml", "currency = \"EUR\"\nprice = \"9\"\nstep = \"1s\"\n");
  good(settle_dead(*desk.ledger, places, desk.ledger->open_calls("")->front()));
  CHECK(desk.ledger->open_calls("")->front().cost == cost);
}

// What was billed of a call whose session died in that phase.
money::Cost cost_of_dead(const std::string& tariff, const std::string& kind, const std::vector<PhaseChange>& phases,
                         std::optional<std::int64_t> stood_boot_ms = {}, const Octets& reserved = {}) {
  Desk desk;
  desk.scratch.write("etc/tariffs/t.toml", "currency = \"EUR\"\n" + tariff);
  conf::Places places;
  places.config = desk.scratch.path("etc");
  const auto purse = purse_of(tariff);
  Meter meter(purse, *desk.ledger);
  auto start = start_at(0);
  start.kind = kind;
  const auto begun = meter.begin(start, seconds(0));
  good(begun);
  good(desk.ledger->change_phases(begun->id, phases, {}));
  money::Billed billed;
  billed.begin = money::second_of(noon);
  billed.sent = reserved.sent;
  good(desk.ledger->reserve(begun->id, after(0), Reservation{*purse, billed, false}));
  good(settle_dead(*desk.ledger, places, desk.ledger->open_calls("")->front(), stood_boot_ms));
  return desk.ledger->open_calls("")->front().cost.value();
}

TEST_CASE("a dead call is billed for what nobody was left to see", "[pppctl][meter]") {
  const PhaseChange port{Phase::port_open, after(0), {}}, dialling{Phase::dialling, after(1000), {}},
      connected{Phase::connected, after(5000), {}}, jobs{Phase::jobs, after(5000), {}};
  constexpr std::int64_t unseen = 15000;
  // The CONNECT of a dial, that of a pppd which dials itself, and a link that is always there.
  CHECK(cost_of_dead(by_second, "line", {port, dialling}).billed_ms == unseen);
  CHECK(cost_of_dead(by_second, "ppp", {port, dialling, connected}).billed_ms == unseen);
  CHECK(cost_of_dead(by_second, "ppp", {dialling, connected}).billed_ms == 4000 + unseen);
  CHECK(cost_of_dead(by_second, "always", {jobs}).billed_ms == unseen);
  CHECK(cost_of_dead(by_second, "line", {port}).billed_ms == 0);
  // A line that stood on without its session.
  CHECK(cost_of_dead(by_second, "ppp", {port, dialling, connected}, after(65000).boot_ms).billed_ms == 60000);
  CHECK(cost_of_dead(by_second, "ppp", {port, dialling, connected}, after(6000).boot_ms).billed_ms == unseen);
  // Octets for which money was reserved.
  const std::string by_volume = "begin = \"connect\"\n[volume]\nprice = \"0.01\"\nunit = \"KiB\"\n";
  CHECK(cost_of_dead(by_volume, "line", {port, dialling, connected}, {}, {10240, 0}).billed_octets == 10240);
}

TEST_CASE("a priced call whose clock is behind the ledger or the queue is refused, or trusted at the dearest price",
          "[pppctl][meter]") {
  Desk desk;
  desk.scratch.write("etc/tariffs/t.toml",
                     "currency = \"EUR\"\n" + by_second +
                         "free_time = \"1h\"\n[[band]]\nfrom = \"03:00\"\nto = \"04:00\"\nprice = \"5\"\n");
  conf::Places places;
  places.config = desk.scratch.path("etc");
  conf::LinkProfile link;
  link.name = "provider";
  link.account = "office";
  link.tariff = "t";
  const auto known = open_purse(places, link, *desk.ledger, after(0));
  good(known);
  CHECK((*known)->has_allowance);
  good(desk.ledger->begin(start_at(0)));
  const auto behind = after(-600000);
  const auto refused = open_purse(places, link, *desk.ledger, behind);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == base::FailureKind::temporary);
  CHECK(refused.error().text.find("clock = \"trust\"") != std::string::npos);
  link.trust_clock = true;
  const auto trusted = open_purse(places, link, *desk.ledger, behind);
  good(trusted);
  CHECK_FALSE((*trusted)->has_allowance);
  CHECK((*trusted)->tariff.price.price_nano == 500 * cent);
  link.tariff.clear();
  CHECK_FALSE(open_purse(places, link, *desk.ledger, behind).value());
  // The queue may have seen a later time than any call.
  link.tariff = "t";
  link.trust_clock = false;
  places.state = desk.scratch.path("state");
  desk.scratch.write("state/clock", "0badcafe floor " + std::to_string(after(0).wall_ms / 1000 + 7200) + "\n");
  const auto behind_queue = open_purse(places, link, *desk.ledger, after(0));
  REQUIRE_FALSE(behind_queue);
  CHECK(behind_queue.error().text.find("the queue has seen ") != std::string::npos);
}
