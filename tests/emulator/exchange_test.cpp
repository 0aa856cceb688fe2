#include "modem/emulator/exchange.h"

#include <catch2/catch.hpp>

using emulator::EndReason;
using emulator::Exchange;
using emulator::ExchangeAction;
using emulator::ExchangeOptions;
using emulator::Progress;
using emulator::Target;
using emulator::Time;
using namespace std::chrono_literals;

namespace {

constexpr emulator::End a = 0, b = 1, c = 2, socket_end = 3;

// 8000 bit/s: an octet a millisecond.
ExchangeOptions options() {
  ExchangeOptions options;
  options.modems = 3;
  options.rate_there = options.rate_back = 8000;
  options.delay_there = options.delay_back = 100ms;
  return options;
}

emulator::PhoneBook book() {
  emulator::PhoneBook book;
  book.add("1", {Target{Target::Kind::modem, "modem:b", b, {}}});
  book.add("2", {Target{Target::Kind::tcp, "tcp:host:25", 0, "host:25"}});
  book.add("3", {Target{Target::Kind::no_answer, "no-answer", 0, {}}});
  book.add("9", {Target{Target::Kind::modem, "modem:a", a, {}}});
  return book;
}

std::string shown(const std::vector<ExchangeAction>& actions) {
  std::string text;
  const auto add = [&](const std::string& what, emulator::End end) { text += what + std::to_string(end) + ' '; };
  for (const auto& action : actions) {
    if (const auto* ring = std::get_if<emulator::Ring>(&action)) add("ring", ring->end);
    if (const auto* stopped = std::get_if<emulator::RingStopped>(&action)) add("quiet", stopped->end);
    if (const auto* joined = std::get_if<emulator::Joined>(&action)) add("joined", joined->end);
    if (const auto* parted = std::get_if<emulator::Parted>(&action)) add("parted", parted->end);
    if (const auto* open = std::get_if<emulator::OpenSocket>(&action)) add("open:" + open->address + ":", open->end);
    if (const auto* close = std::get_if<emulator::CloseSocket>(&action)) add("close", close->end);
    if (const auto* progressed = std::get_if<emulator::Progressed>(&action)) {
      switch (progressed->progress) {
        case Progress::silence:
          add("silence", progressed->end);
          break;
        case Progress::ringback:
          add("ringback", progressed->end);
          break;
        case Progress::answered:
          add("answered", progressed->end);
          break;
        case Progress::busy:
          add("busy", progressed->end);
          break;
        case Progress::no_dialtone:
        case Progress::no_carrier:
          add("none", progressed->end);
          break;
      }
    }
    if (const auto* gone = std::get_if<emulator::Disconnected>(&action)) {
      text += "over" + std::to_string(gone->end) + '(' + std::to_string(gone->octets_there) + ',' +
              std::to_string(gone->octets_back) + (gone->reason == EndReason::cut ? ",cut) " : ") ");
    }
  }
  return text;
}

// A call from a to b that is up at 10 s.
Exchange joined(const ExchangeOptions& with = options()) {
  Exchange exchange(with, book());
  REQUIRE(shown(exchange.dial(0s, a, "1", true)) == "ringback0 ring1 ");
  REQUIRE(shown(exchange.answer(7s, b, true)) == "answered0 ");
  REQUIRE(exchange.due() == 10s);
  REQUIRE(shown(exchange.expired(10s)) == "joined0 joined1 ");
  return exchange;
}

}  // namespace

TEST_CASE("the bell rings again after each interval until the caller has had enough", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  CHECK(shown(exchange.dial(0s, a, "1", true)) == "ringback0 ring1 ");
  CHECK(shown(exchange.expired(5999ms)).empty());
  CHECK(shown(exchange.expired(6s)) == "ring1 ");
  CHECK(exchange.due() == 12s);
  CHECK(shown(exchange.hang_up(7s, b)).empty());  // it is on-hook
  CHECK(shown(exchange.hang_up(8s, a)) == "quiet1 ");
  CHECK_FALSE(exchange.due());
}

TEST_CASE("who is off-hook, rings or calls himself is busy", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  exchange.off_hook(0s, b);
  CHECK(shown(exchange.dial(0s, a, "1", true)) == "busy0 ");
  exchange.hang_up(1s, a);
  exchange.hang_up(1s, b);
  CHECK(shown(exchange.dial(2s, a, "9", true)) == "busy0 ");
  exchange.hang_up(3s, a);
  exchange.dial(4s, a, "1", true);
  CHECK(shown(exchange.dial(5s, c, "1", true)) == "busy2 ");
  CHECK(shown(exchange.dial(5s, c, "9", true)) == "busy2 ");
}

TEST_CASE("a receiver that is lifted by no modem ends the ringing, and the caller hears no modem",
          "[emulator][exchange]") {
  Exchange exchange(options(), book());
  exchange.dial(0s, a, "1", true);
  CHECK(shown(exchange.off_hook(1s, b)) == "answered0 ");
  CHECK(shown(exchange.hang_up(2s, a)).empty());
}

TEST_CASE("one who goes while the modems train leaves the other without a carrier", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  exchange.dial(0s, a, "1", true);
  exchange.answer(1s, b, true);
  CHECK(shown(exchange.hang_up(2s, a)) == "parted1 ");
}

TEST_CASE("error correction is there when both ends want it", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  exchange.dial(0s, a, "1", true);
  exchange.answer(0s, b, false);
  for (const auto& action : exchange.expired(3s)) CHECK_FALSE(std::get<emulator::Joined>(action).error_correction);
}

TEST_CASE("each end is told the rate at which it receives", "[emulator][exchange]") {
  auto with = options();
  with.rate_there = 75;
  Exchange exchange(with, book());
  exchange.dial(0s, a, "1", true);
  exchange.answer(0s, b, true);
  const auto actions = exchange.expired(3s);
  CHECK(std::get<emulator::Joined>(actions[0]).bits_per_second == 8000);
  CHECK(std::get<emulator::Joined>(actions[1]).bits_per_second == 75);
}

TEST_CASE("octets go both ways at once, each way at its own rate", "[emulator][exchange]") {
  auto with = options();
  with.rate_back = 4000;
  auto exchange = joined(with);
  exchange.put(10s, a, "0123456789");
  exchange.put(10s, b, "abcdefghij");
  CHECK(exchange.next_arrival(b) == 10101ms);
  CHECK(exchange.next_arrival(a) == 10102ms);
  CHECK(exchange.take(10110ms, b, 99) == "0123456789");
  CHECK(exchange.take(10110ms, a, 99) == "abcde");
  CHECK(exchange.take(10120ms, a, 99) == "fghij");
}

TEST_CASE("a modem takes its buffer full and then no more until the line has carried some", "[emulator][exchange]") {
  auto exchange = joined();
  CHECK(exchange.room(10s, a) == emulator::modem_buffer_bytes);
  exchange.put(10s, a, std::string(emulator::modem_buffer_bytes, 'x'));
  CHECK(exchange.room(10s, a) == 0);
  CHECK(exchange.more_room(10s, a) == 10s + 512ms);
  CHECK(exchange.take(10s + 512ms, b, 9999).size() == 412);
  CHECK(exchange.room(10s + 512ms, a) == 512);
  CHECK_FALSE(exchange.more_room(10s + 512ms, a));
  // What has arrived and is not taken holds the sender up as well.
  exchange.put(10s + 512ms, a, std::string(412, 'x'));
  CHECK(exchange.room(20s, a) == 0);
  CHECK_FALSE(exchange.more_room(20s, a));
  exchange.take(20s, b, 2000);
  CHECK(exchange.room(20s, a) == 2000);
}

TEST_CASE("what was sent before a hang-up arrives before the carrier goes", "[emulator][exchange]") {
  auto exchange = joined();
  exchange.put(10s, a, "0123456789");
  exchange.put(10s, b, "lost");
  CHECK(shown(exchange.hang_up(10005ms, a)) == "over0(0,0) ");
  CHECK(exchange.due() == 10105ms);
  CHECK(exchange.take(10105ms, b, 99) == "01234");
  CHECK(shown(exchange.expired(10105ms)) == "over1(5,0) parted1 ");
}

TEST_CASE("octets that nobody takes keep a carrier for two seconds at most", "[emulator][exchange]") {
  auto exchange = joined();
  exchange.put(10s, a, "0123456789");
  exchange.hang_up(11s, a);
  CHECK(shown(exchange.expired(11100ms)).empty());
  CHECK(exchange.due() == 13100ms);
  SECTION("taken in time") {
    CHECK(exchange.take(12s, b, 99).size() == 10);
    CHECK(exchange.due() == 12s);
    CHECK(shown(exchange.expired(12s)) == "over1(10,0) parted1 ");
  }
  SECTION("never taken") { CHECK(shown(exchange.expired(13100ms)) == "over1(0,0) parted1 "); }
}

TEST_CASE("who hung up can dial at once, and the other is engaged until its carrier has gone", "[emulator][exchange]") {
  auto exchange = joined();
  exchange.hang_up(11s, a);
  CHECK(shown(exchange.dial(11s, a, "1", true)) == "busy0 ");
  exchange.hang_up(11s, a);
  exchange.expired(11100ms);
  exchange.hang_up(11100ms, b);
  CHECK(shown(exchange.dial(12s, a, "1", true)) == "ringback0 ring1 ");
}

TEST_CASE("a cut comes after exactly its octets, both ways together, and nothing is under way after it",
          "[emulator][exchange]") {
  auto with = options();
  with.cut_octets = 15;
  auto exchange = joined(with);
  exchange.put(10s, a, "0123456789");
  exchange.put(10s, b, "abcdefghij");
  CHECK(exchange.take(11s, b, 99) == "0123456789");
  CHECK(exchange.take(11s, a, 99) == "abcde");
  CHECK(exchange.take(11s, a, 99).empty());
  CHECK(exchange.due() == 11s);
  CHECK(shown(exchange.expired(11s)) == "over0(10,5,cut) parted0 over1(10,5,cut) parted1 ");
  CHECK(exchange.take(12s, a, 99).empty());
}

TEST_CASE("a cut by time comes that long after CONNECT", "[emulator][exchange]") {
  auto with = options();
  with.cut_after = 2500ms;
  auto exchange = joined(with);
  exchange.put(12490ms, a, "under way");
  CHECK(exchange.due() == 12500ms);
  CHECK(shown(exchange.expired(12500ms)) == "over0(0,0,cut) parted0 over1(0,0,cut) parted1 ");
}

TEST_CASE("only the first calls are cut", "[emulator][exchange]") {
  auto with = options();
  with.cut_octets = 1;
  with.cut_calls = 1;
  auto exchange = joined(with);
  exchange.put(10s, a, "xyz");
  CHECK(exchange.take(11s, b, 99) == "x");
  exchange.expired(11s);
  exchange.hang_up(11s, a);
  exchange.hang_up(11s, b);
  exchange.dial(12s, a, "1", true);
  exchange.answer(12s, b, true);
  exchange.expired(15s);
  exchange.put(15s, a, "xyz");
  CHECK(exchange.take(16s, b, 99) == "xyz");
}

TEST_CASE("a call to a server trains once the socket is open", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  CHECK(shown(exchange.dial(0s, a, "2", true)) == "open:host:25:3 ");
  CHECK(exchange.room(0s, socket_end) == 0);
  CHECK(shown(exchange.socket_opened(1s, socket_end)) == "answered0 ");
  CHECK(shown(exchange.expired(4s)) == "joined0 joined3 ");
  exchange.put(4s, socket_end, "220 ");
  CHECK(exchange.take(5s, a, 99) == "220 ");
  exchange.put(5s, a, "QUIT");
  CHECK(exchange.take(6s, socket_end, 99) == "QUIT");
}

TEST_CASE("a socket that cannot be opened leaves the caller without a carrier", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  exchange.dial(0s, a, "2", true);
  CHECK(shown(exchange.socket_failed(1s, socket_end)) == "parted0 close3 ");
}

TEST_CASE("what a server sent before it closed is carried to its last octet", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  exchange.dial(0s, a, "2", true);
  exchange.socket_opened(0s, socket_end);
  exchange.expired(3s);
  exchange.put(3s, socket_end, "0123456789");
  CHECK(shown(exchange.socket_ended(3s, socket_end)) == "over3(0,0) close3 ");
  CHECK(exchange.take(3110ms, a, 99) == "0123456789");
  CHECK(shown(exchange.expired(3110ms)) == "over0(0,10) parted0 ");
}

TEST_CASE("a caller's hang-up reaches the server after what he had sent", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  exchange.dial(0s, a, "2", true);
  exchange.socket_opened(0s, socket_end);
  exchange.expired(3s);
  exchange.put(3s, a, "QUIT");
  CHECK(shown(exchange.hang_up(3010ms, a)) == "over0(0,0) ");
  CHECK(exchange.take(3110ms, socket_end, 99) == "QUIT");
  CHECK(shown(exchange.expired(3110ms)) == "over3(4,0) close3 ");
  Exchange dialling(options(), book());
  dialling.dial(0s, a, "2", true);
  CHECK(shown(dialling.hang_up(1s, a)) == "close3 ");
}

TEST_CASE("a number without an answer rings back for ever", "[emulator][exchange]") {
  Exchange exchange(options(), book());
  CHECK(shown(exchange.dial(0s, a, "3", true)) == "ringback0 ");
  CHECK_FALSE(exchange.due());
  exchange.hang_up(1s, a);
  CHECK(shown(exchange.dial(2s, a, "777", true)) == "silence0 ");
}
