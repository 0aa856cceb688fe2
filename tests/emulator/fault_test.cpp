#include "modem/emulator/fault.h"

#include <catch2/catch.hpp>

#include "tests/emulator/dce_bench.h"

using emulator::Fault;
using emulator::Moment;
using emulator::parse_fault;
using emulator_tests::Bench;
using emulator_tests::ok;
using namespace std::chrono_literals;
using State = emulator::Dce::State;

namespace {

emulator::DceOptions with(const char* fault) {
  emulator::DceOptions options;
  options.faults = emulator::Faults(std::vector{parse_fault(fault).value()});
  return options;
}

}  // namespace

TEST_CASE("a fault has a moment, a count and a time", "[emulator][fault]") {
  const auto whole = parse_fault("vanish@octets:1000/30");
  REQUIRE(whole);
  CHECK(whole->fault == Fault::vanish);
  CHECK(whole->moment == Moment::octets);
  CHECK(whole->count == 1000);
  CHECK(whole->lasts == 30s);
  CHECK(parse_fault("dtr")->moment == Moment::start);
  for (const char* wrong : {"", "rust", "mute@", "mute@noon", "mute@octets", "mute@octets:0", "mute@dial:3", "mute/0",
                            "mute/x", "mute@commands:1/"}) {
    INFO(wrong);
    CHECK_FALSE(parse_fault(wrong));
  }
}

TEST_CASE("a fault begins after so many commands, and ends after its time", "[emulator][fault]") {
  Bench bench(with("mute@commands:2/10"));
  bench.type("ATE0\r");
  CHECK(bench.type("AT\r") == ok);
  CHECK(bench.type("AT\r").empty());
  bench.pass(10s);
  CHECK(bench.type("AT\r") == ok);
}

TEST_CASE("a late modem answers late, and what was typed meanwhile afterwards", "[emulator][fault]") {
  Bench bench(with("late/7"));
  bench.type("ATE0\r");
  bench.pass(7s);
  CHECK(bench.said == "ATE0\r" + std::string(ok));
  CHECK(bench.type("AT\rAT\r").empty());
  bench.pass(7s);
  CHECK(bench.said == ok);
  bench.pass(7s);
  CHECK(bench.said == std::string(ok) + ok);
}

TEST_CASE("a modem that forgets is what it was when it was switched on", "[emulator][fault]") {
  Bench bench(with("forget@commands:2"));
  bench.type("ATE0\r");
  CHECK(bench.type("ATS0=1\r") == ok);
  CHECK(bench.type("ATS0?\r") == "ATS0?\r\r\n000\r\n" + std::string(ok));
}

TEST_CASE("a device vanishes in a dial, on-hook, and returns", "[emulator][fault]") {
  Bench bench(with("vanish@dial/20"));
  bench.type("ATDT1\r");
  CHECK(bench.did == "off-hook on-hook gone ");
  bench.pass(20s);
  CHECK(bench.did == "off-hook on-hook gone back ");
  CHECK_THAT(bench.type("AT\r"), Catch::EndsWith(ok));
}

TEST_CASE("a device vanishes after so many octets of a call", "[emulator][fault]") {
  Bench bench(with("vanish@octets:5"));
  bench.call();
  bench.type("1234");
  CHECK(bench.dce.state() == State::online_data);
  bench.type("5");
  CHECK(bench.dce.state() == State::absent);
  CHECK_FALSE(bench.dce.carrier_detect());
}

TEST_CASE("a stuck carrier stays on after the call", "[emulator][fault]") {
  Bench bench(with("carrier@dial"));
  CHECK_FALSE(bench.dce.carrier_detect());
  bench.call();
  bench.on(emulator::CarrierGone{});
  CHECK(bench.dce.state() == State::idle);
  CHECK(bench.dce.carrier_detect());
}

TEST_CASE("a modem that does not see DTR still takes the escape", "[emulator][fault]") {
  Bench bench(with("dtr"));
  bench.call();
  bench.on(emulator::Dtr{false});
  CHECK(bench.dce.state() == State::online_data);
  bench.pass(1s);
  bench.type("+++");
  bench.pass(1s);
  CHECK(bench.type("ATH\r") == ok);
  CHECK(bench.dce.state() == State::idle);
}

TEST_CASE("a hardware failure is told unasked, and never into the data of a call", "[emulator][fault]") {
  Bench bench(with("hardware"));
  CHECK(bench.said == "\r\nHARDWARE FAILURE:2,1\r\n");
  Bench call(with("hardware@octets:1"));
  call.call();
  CHECK(call.type("x").empty());
  call.on(emulator::CarrierGone{});
  CHECK(call.said == "\r\nNO CARRIER\r\n\r\nHARDWARE FAILURE:2,1\r\n");
}

TEST_CASE("noise is the same for the same seed, and other for another", "[emulator][fault]") {
  const auto noise = [](std::uint64_t seed) {
    auto options = with("garbage");
    options.seed = seed;
    return Bench(options).type("AT\r");
  };
  CHECK(noise(1) == noise(1));
  CHECK(noise(1) != noise(2));
}
