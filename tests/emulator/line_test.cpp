#include "modem/emulator/line.h"

#include <catch2/catch.hpp>

using emulator::Channel;
using emulator::Time;
using namespace std::chrono_literals;

TEST_CASE("n octets need n times 8 divided by the rate, and the delay once", "[emulator][line]") {
  Channel channel(33600, 100ms);
  channel.put(5s, std::string(4200, 'x'));  // a second of 33600 bit/s
  CHECK(channel.last_arrival() == 5s + 1s + 100ms);
  CHECK(channel.arrived(6100ms - 1ns) == 4199);
  CHECK(channel.arrived(6100ms) == 4200);
  CHECK(channel.take(6100ms, 10000).size() == 4200);
  CHECK(channel.empty());
}

TEST_CASE("an octet arrives no earlier than it was sent to the last bit", "[emulator][line]") {
  Channel channel(300, 0s);
  channel.put(0s, "ab");
  CHECK(channel.next_arrival() == 26666667ns);  // 8/300 s, rounded up
  CHECK(channel.take(26666666ns, 9).empty());
  CHECK(channel.take(26666667ns, 9) == "a");
  CHECK(channel.next_arrival() == 53333334ns);  // 16/300 s: rounded once, not twice
}

TEST_CASE("octets that are put while the line is busy follow without a gap", "[emulator][line]") {
  Channel channel(8000, 0s);
  channel.put(0ms, "0123456789");
  channel.put(4ms, "abcde");
  CHECK(channel.last_arrival() == 15ms);
  CHECK(channel.take(12ms, 99) == "0123456789ab");
  channel.put(15ms, "z");
  CHECK(channel.last_arrival() == 16ms);
  CHECK(channel.take(16ms, 99) == "cdez");
}

TEST_CASE("an idle line starts anew when something is put", "[emulator][line]") {
  Channel channel(8000, 50ms);
  channel.put(0ms, "a");
  channel.put(20ms, "b");
  CHECK(channel.next_arrival() == 51ms);
  CHECK(channel.last_arrival() == 71ms);
  CHECK(channel.take(70ms, 9) == "a");
  CHECK(channel.take(71ms, 9) == "b");
}

TEST_CASE("what is unsent, what is under way and what has arrived are told apart", "[emulator][line]") {
  Channel channel(8000, 10ms);
  channel.put(0ms, std::string(100, 'x'));
  CHECK(channel.unsent(0ms) == 100);
  CHECK(channel.unsent(30ms) == 70);
  CHECK(channel.arrived(30ms) == 20);
  CHECK(channel.unsent_falls_to(40, 30ms) == 60ms);
  CHECK(channel.unsent_falls_to(80, 30ms) == 30ms);
  CHECK(channel.unsent(200ms) == 0);
}

TEST_CASE("a sender that goes takes with it what it had not sent", "[emulator][line]") {
  Channel channel(8000, 10ms);
  channel.put(0ms, "0123456789");
  channel.drop_unsent(4500us);
  CHECK(channel.take(1s, 99) == "0123");
  CHECK(channel.empty());
  channel.put(2s, "x");
  channel.drop_unsent(2s);
  CHECK(channel.empty());
}

TEST_CASE("taking a few at a time changes no moment of arrival", "[emulator][line]") {
  Channel channel(8000, 0s);
  channel.put(0ms, std::string(5000, 'x'));
  std::size_t taken = 0;
  for (int ms = 1; ms <= 5000; ++ms) taken += channel.take(std::chrono::milliseconds(ms), 1).size();
  CHECK(taken == 5000);
  CHECK(channel.empty());
}

TEST_CASE("hours at a high rate overflow nothing", "[emulator][line]") {
  Channel channel(emulator::max_bits_per_second, 1h);
  channel.put(100h, "x");
  CHECK(channel.next_arrival() == 101h + 8ns);
  CHECK(channel.take(1000h, 9) == "x");
}

namespace {

std::string all_of(Channel& channel) {
  std::string got;
  while (const auto at = channel.next_arrival()) got += channel.take(*at, 1000);
  return got;
}

std::string pattern(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>(i * 31);
  return text;
}

// When the last octet of a burst of that many octets is there.
Time arrival(const emulator::Quality& quality, std::size_t octets) {
  Channel channel(8000, 10ms, quality);
  channel.put(0s, pattern(octets));
  Time last{};
  while (const auto at = channel.next_arrival()) {
    last = *at;
    channel.take(*at, 1000);
  }
  return last;
}

}  // namespace

TEST_CASE("jitter makes octets later by so much at most, and keeps their order", "[emulator][line]") {
  emulator::Quality quality;
  quality.jitter = 50ms;
  Channel channel(8000, 10ms, quality);
  channel.put(0s, pattern(1000));
  CHECK(all_of(channel) == pattern(1000));
  CHECK(arrival(quality, 1000) >= 1010ms);
  CHECK(arrival(quality, 1000) <= 1060ms);
  CHECK(arrival(quality, 1) > 11ms);
  CHECK(arrival(quality, 1) <= 61ms);
}

TEST_CASE("bit errors without a correction alter octets, the same for the same seed and none are lost",
          "[emulator][line]") {
  const auto damaged = [](std::uint64_t seed) {
    emulator::Quality quality;
    quality.bit_errors = 0.001;
    quality.corrected = false;
    quality.seed = seed;
    Channel channel(8000, 10ms, quality);
    channel.put(0s, pattern(10000));
    return all_of(channel);
  };
  const std::string got = damaged(1);
  REQUIRE(got.size() == 10000);
  int bits = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    bits += __builtin_popcount(static_cast<unsigned char>(got[i] ^ pattern(10000)[i]));
  }
  CHECK(bits > 40);
  CHECK(bits < 120);
  CHECK(damaged(1) == got);
  CHECK(damaged(2) != got);
}

TEST_CASE("bit errors under a correction cost time and alter nothing", "[emulator][line]") {
  emulator::Quality quality;
  quality.bit_errors = 0.0005;
  quality.round_trip = 100ms;
  Channel channel(8000, 10ms, quality);
  channel.put(0s, pattern(10000));
  CHECK(all_of(channel) == pattern(10000));
  const Time clean = arrival({}, 10000);
  CHECK(clean == 10010ms);
  CHECK(arrival(quality, 10000) > clean + 2s);
  CHECK(arrival(quality, 10000) == arrival(quality, 10000));
}
