#include "modem/emulator/emulation.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

using emulator::Emulation;
using emulator::End;
using emulator::ExchangeOptions;
using emulator::ModemOptions;
using emulator::Target;
using emulator::Time;
using namespace std::chrono_literals;

namespace {

constexpr End a = 0, b = 1;

ExchangeOptions line(std::uint64_t rate, Time delay) {
  ExchangeOptions options;
  options.rate_there = options.rate_back = rate;
  options.delay_there = options.delay_back = delay;
  return options;
}

// Two modems with their terminals, in emulated time: it jumps from one event to the next.
struct Office {
  explicit Office(const ExchangeOptions& options = line(33600, 100ms))
      : emulation({ModemOptions{"a", {}}, ModemOptions{"b", {}}}, options, book()) {
    carry_out(emulation.dtr(now, a, true));
    carry_out(emulation.dtr(now, b, true));
  }
  static emulator::PhoneBook book() {
    emulator::PhoneBook book;
    book.add("1", {Target{Target::Kind::modem, "modem:b", b, {}}});
    book.add("2", {Target{Target::Kind::busy, "busy", 0, {}}, Target{Target::Kind::modem, "modem:b", b, {}}});
    return book;
  }

  void carry_out(const std::vector<emulator::Output>& outputs) {
    for (const auto& output : outputs) {
      if (const auto* to = std::get_if<emulator::ToTerminal>(&output)) screen.at(to->modem) += to->bytes;
      if (const auto* fell = std::get_if<emulator::CarrierFell>(&output)) screen.at(fell->modem) += "<fell>";
      if (const auto* record = std::get_if<emulator::Record>(&output)) log += record->modem + ':' + record->event + ' ';
    }
  }
  void type(End modem, std::string_view bytes) { carry_out(emulation.octets(now, modem, bytes)); }
  void run(Time time) {
    const Time end = now + time;
    for (;;) {
      std::optional<Time> next = emulation.due();
      for (const End modem : {a, b}) {
        const auto arrival = emulation.next_arrival(modem);
        if (arrival && (!next || *arrival < *next)) next = arrival;
      }
      if (!next || *next > end) break;
      now = std::max(now, *next);
      step();
    }
    now = end;
    step();
  }
  void step() {
    for (const End modem : {a, b}) {
      const std::string bytes = emulation.take(now, modem, 1U << 20U);
      if (!bytes.empty()) last_arrival = now;
      screen.at(modem) += bytes;
    }
    carry_out(emulation.advance(now));
  }
  void connect() {
    type(b, "ATE0S0=1\r");
    type(a, "ATE0DT1\r");
    run(20s);
    REQUIRE_THAT(screen[a], Catch::EndsWith("CONNECT 33600/ARQ\r\n") || Catch::EndsWith("CONNECT 9600/ARQ\r\n"));
    screen = {};
  }

  Emulation emulation;
  Time now = 1s;
  Time last_arrival{};
  std::array<std::string, 2> screen;
  std::string log;
};

}  // namespace

TEST_CASE("a call from dial to CONNECT is logged at both ends", "[emulator][emulation]") {
  Office office;
  office.type(b, "ATS0=1\r");
  office.type(a, "ATDT2\r");
  office.run(10s);
  CHECK(office.screen[a] == "ATDT2\r\r\nBUSY\r\n");
  office.log.clear();
  office.type(a, "ATDT2\r");
  office.run(10s);
  CHECK(office.log == "a:command a:off_hook a:dial b:ring b:result b:off_hook a:connect a:result b:connect b:result ");
  CHECK(office.screen[b] == "ATS0=1\r\r\nOK\r\n\r\nRING\r\n\r\nCONNECT 33600/ARQ\r\n");
}

TEST_CASE("64 KiB both ways at once arrive whole, and take as long as the rate says", "[emulator][emulation]") {
  Office office(line(9600, 250ms));
  office.connect();
  std::string there, back;
  for (int i = 0; i < 65536; ++i) {
    there += static_cast<char>(i & 0xff);
    back += static_cast<char>((i * 7 + (i >> 8)) & 0xff);
  }
  const Time begun = office.now;
  // As a terminal does that writes whenever the modem takes something.
  for (std::size_t from_a = 0, from_b = 0; from_a < there.size() || from_b < back.size();) {
    const auto give = [&](End modem, const std::string& bytes, std::size_t& at) {
      const auto count = std::min(office.emulation.room(office.now, modem), bytes.size() - at);
      if (count > 0) office.type(modem, std::string_view(bytes).substr(at, count));
      at += count;
    };
    give(a, there, from_a);
    give(b, back, from_b);
    office.run(100ms);
  }
  office.run(60s);
  CHECK((office.screen[b] == there));
  CHECK((office.screen[a] == back));
  const std::int64_t needed = 65536LL * 8 * 1'000'000'000 / 9600;
  CHECK((office.last_arrival - begun - 250ms).count() == Approx(static_cast<double>(needed)).margin(2));
}

TEST_CASE("a modem whose DTR is off is rung and does not answer, and the caller hears NO ANSWER after S7",
          "[emulator][emulation]") {
  Office office;
  office.carry_out(office.emulation.dtr(office.now, b, false));
  office.type(a, "ATE0S7=20DT1\r");
  office.run(21s);
  CHECK(office.screen[a] == "ATE0S7=20DT1\r");
  office.run(1s);
  CHECK_THAT(office.screen[a], Catch::EndsWith("\r\nNO ANSWER\r\n"));
  CHECK(office.screen[b] == "\r\nRING\r\n\r\nRING\r\n\r\nRING\r\n\r\nRING\r\n");
  office.screen = {};
  office.run(60s);
  CHECK(office.screen[b].empty());
}

TEST_CASE("the loss of DTR hangs up, and what was sent arrives before the other loses its carrier",
          "[emulator][emulation]") {
  Office office;
  office.connect();
  office.type(a, "last words");
  office.run(50ms);
  office.carry_out(office.emulation.dtr(office.now, a, false));
  office.run(99ms);
  CHECK(office.screen[b] == "last words");
  office.run(1ms);
  CHECK(office.screen[b] == "last words<fell>\r\nNO CARRIER\r\n");
  CHECK(office.screen[a] == "<fell>\r\nNO CARRIER\r\n");
  CHECK_THAT(office.log, Catch::Contains("a:disconnect") && Catch::Contains("b:disconnect"));
}

TEST_CASE("in the online command state what comes waits until the modem goes back online", "[emulator][emulation]") {
  Office office;
  office.connect();
  office.run(2s);
  office.type(a, "+++");
  office.run(2s);
  CHECK(office.screen[a] == "\r\nOK\r\n");
  office.screen = {};
  office.type(b, "waiting");
  office.run(5s);
  CHECK(office.screen[a].empty());
  office.type(a, "ATO\r");
  office.run(1s);
  CHECK(office.screen[a] == "\r\nCONNECT 33600/ARQ\r\nwaiting");
}

TEST_CASE("a cut after n octets lets exactly n arrive at both ends together", "[emulator][emulation]") {
  auto options = line(33600, 100ms);
  options.cut_octets = GENERATE(1U, 2U, 999U, 1000U, 1001U);
  Office office(options);
  office.connect();
  office.type(a, std::string(600, 'x'));
  office.type(b, std::string(600, 'y'));
  office.run(10s);
  const auto count = [&](End modem, char c) {
    return static_cast<std::uint64_t>(std::count(office.screen.at(modem).begin(), office.screen.at(modem).end(), c));
  };
  CHECK(count(a, 'y') + count(b, 'x') == *options.cut_octets);
  CHECK_THAT(office.screen[a], Catch::EndsWith("<fell>\r\nNO CARRIER\r\n"));
  CHECK_THAT(office.screen[b], Catch::EndsWith("<fell>\r\nNO CARRIER\r\n"));
}
