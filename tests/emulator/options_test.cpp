#include "modem/emulator/options.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

base::Result<emulator::Options> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "modem-emulator");
  return emulator::parse_options(static_cast<int>(words.size()), words.data());
}

std::string fault_of(std::vector<const char*> words) {
  words.insert(words.begin(), {"--modem", "a=/tmp/a"});
  const auto options = parse(std::move(words));
  if (options) return {};
  CHECK(options.error().kind == base::FailureKind::permanent);
  return options.error().text;
}

}  // namespace

TEST_CASE("the line is one of 33600 bit/s without delay where nothing else is said", "[emulator][options]") {
  const auto options = parse({"--modem", "a=/tmp/a"});
  REQUIRE(options);
  CHECK(options->exchange.rate_there == 33600);
  CHECK(options->exchange.rate_back == 33600);
  CHECK(options->exchange.delay_there == 0s);
  CHECK(options->exchange.connect_time == 3s);
  CHECK(options->exchange.ring_interval == 6s);
  CHECK(options->modems[0].dce.connect == "RATE/ARQ");
  CHECK(options->time_scale == 1.0);
}

TEST_CASE("modems, numbers, faults and lines are read", "[emulator][options]") {
  auto options =
      parse({"--modem", "a=/tmp/a",    "--modem", "b=/tmp/b",     "--number", "555-0100=busy,modem:b,tcp:[::1]:25",
             "--fault", "b=stuck",     "--lines", "a=/tmp/lines", "--rate",   "2400:75",
             "--delay", "600:1",       "--plain", "--cut-octets", "10",       "--cut-seconds",
             "0.5",     "--cut-calls", "2",       "--time-scale", "0.02"});
  REQUIRE(options);
  CHECK(options->book.next("5550100").text == "busy");
  CHECK(options->book.next("5550100").modem == 1);
  CHECK(options->book.next("5550100").address == "[::1]:25");
  CHECK(options->addresses == std::vector<std::string>{"[::1]:25"});
  CHECK(options->modems[1].dce.faults.planned().front().fault == emulator::Fault::stuck);
  CHECK(options->ports[0].lines_file == "/tmp/lines");
  CHECK(options->exchange.rate_back == 75);
  CHECK(options->exchange.delay_there == 600ms);
  CHECK(options->modems[0].dce.connect == "RATE");
  CHECK(options->exchange.cut_octets == 10U);
  CHECK(options->exchange.cut_after == 500ms);
  CHECK(options->exchange.cut_calls == 2U);
}

TEST_CASE("personalities, programs, mixes and the quality of the line are read", "[emulator][options]") {
  auto options = parse({"--modem",       "a=/tmp/a",
                        "--modem",       "b=/tmp/b",
                        "--personality", "a=3gpp",
                        "--personality", "b=iridium",
                        "--cellular",    "a=pin=1234,registration=roaming,signal=31,after=7",
                        "--line-length", "a=40",
                        "--classes",     "a=0,2.0",
                        "--fault",       "a=mute@commands:3",
                        "--fault",       "a=late",
                        "--program",     "p=/bin/cat",
                        "--program",     "p=-u",
                        "--number",      "1=mix:busy*2|program:p",
                        "--jitter",      "5",
                        "--bit-errors",  "1e-5",
                        "--seed",        "9"});
  REQUIRE(options);
  const auto& a = options->modems[0].dce;
  CHECK(a.personality == emulator::Personality::cellular);
  CHECK(a.mobile.sim.pin == "1234");
  CHECK(a.mobile.registration == emulator::registration::roaming);
  CHECK(a.mobile.registers_after == 7s);
  CHECK(a.line_bytes == 40);
  CHECK(a.faults.planned().size() == 2);
  CHECK(options->modems[1].dce.mobile.satellite);
  CHECK(options->programs.at("p") == std::vector<std::string>{"/bin/cat", "-u"});
  CHECK(options->exchange.jitter == 5ms);
  CHECK(options->exchange.bit_errors == 1e-5);
  CHECK(options->exchange.seed == 9);
}

TEST_CASE("what cannot be is refused, and the text names it", "[emulator][options]") {
  CHECK_THAT(parse({}).error().text, Catch::Contains("no --modem"));
  CHECK_THAT(fault_of({"--modem", "a=/tmp/b"}), Catch::Contains("two modems are called a"));
  CHECK_THAT(fault_of({"--modem", "b=/tmp/a"}), Catch::Contains("the link /tmp/a"));
  CHECK_THAT(fault_of({"--number", "1=modem:x"}), Catch::Contains("no modem x"));
  CHECK_THAT(fault_of({"--number", "1=tcp:localhost"}), Catch::Contains("tcp:HOST:PORT"));
  CHECK_THAT(fault_of({"--number", "1=tcp:localhost:65536"}), Catch::Contains("tcp:HOST:PORT"));
  CHECK_THAT(fault_of({"--number", "1=busy,"}), Catch::Contains("no such target"));
  CHECK_THAT(fault_of({"--number", "x=busy"}), Catch::Contains("no digits"));
  CHECK_THAT(fault_of({"--number", "1=busy", "--number", "1=busy"}), Catch::Contains("given twice"));
  CHECK_THAT(fault_of({"--rate", "0"}), Catch::Contains("--rate"));
  CHECK_THAT(fault_of({"--rate", "9600:"}), Catch::Contains("--rate"));
  CHECK_THAT(fault_of({"--delay", "-1"}), Catch::Contains("--delay"));
  CHECK_THAT(fault_of({"--fault", "a=rust"}), Catch::Contains("no such fault"));
  CHECK_THAT(fault_of({"--fault", "a=mute@noon"}), Catch::Contains("no such fault"));
  CHECK_THAT(fault_of({"--personality", "a=fax"}), Catch::Contains("--personality: no such personality"));
  CHECK_THAT(fault_of({"--cellular", "a=pin=1"}), Catch::Contains("neither 3gpp nor iridium"));
  CHECK_THAT(fault_of({"--personality", "a=3gpp", "--cellular", "a=pin=x"}), Catch::Contains("pin=x"));
  CHECK_THAT(fault_of({"--personality", "a=3gpp", "--cellular", "a=colour=red"}), Catch::Contains("colour=red"));
  CHECK_THAT(fault_of({"--line-length", "a=256"}), Catch::Contains("--line-length"));
  CHECK_THAT(fault_of({"--number", "1=program:p"}), Catch::Contains("no program p"));
  CHECK_THAT(fault_of({"--number", "1=mix:busy*0"}), Catch::Contains("no weight"));
  CHECK_THAT(fault_of({"--number", "1=mix:mix:busy"}), Catch::Contains("mix within a mix"));
  CHECK_THAT(fault_of({"--bit-errors", "0.5"}), Catch::Contains("--bit-errors"));
  CHECK_THAT(fault_of({"--jitter", "x"}), Catch::Contains("--jitter"));
  CHECK_THAT(fault_of({"--seed", "x"}), Catch::Contains("--seed"));
  CHECK_THAT(fault_of({"--lines", "b=/tmp/x"}), Catch::Contains("no modem b"));
  CHECK_THAT(fault_of({"--time-scale", "0"}), Catch::Contains("--time-scale"));
  CHECK_THAT(fault_of({"--time-scale", "nan"}), Catch::Contains("--time-scale"));
  CHECK_THAT(fault_of({"--ring-interval", "0"}), Catch::Contains("--ring-interval"));
  CHECK_THAT(fault_of({"--cut-octets", "0"}), Catch::Contains("--cut-octets"));
  CHECK_THAT(fault_of({"--connect", "a\nb"}), Catch::Contains("--connect"));
  CHECK_THAT(fault_of({"more"}), Catch::Contains("what is more?"));
}
