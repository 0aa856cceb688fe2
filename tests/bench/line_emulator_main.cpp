// A slow line between a client and a server on this machine: see tests/bench/line_emulator.h.
#include <sys/prctl.h>

#include <cstdio>

#include "base/run.h"
#include "conf/command_line.h"
#include "tests/bench/line_emulator.h"

namespace {

namespace po = boost::program_options;

const conf::Program program{
    "line-emulator", "[options] HOST PORT",
    "Passes TCP connections on to a server over one emulated line; prints `port N` when it listens and, at SIGTERM, "
    "what the line has carried, as JSON."};

constexpr std::uint64_t max_bits_per_second = 10'000'000'000;
constexpr std::uint64_t max_milliseconds = 3'600'000;

base::Result<bench::LineSettings> settings_from(const conf::Parsed& parsed) {
  const auto& values = parsed.values;
  const auto number = [&](const char* name) { return values[name].as<std::uint64_t>(); };
  if (parsed.operands.size() != 2) return base::permanent("usage: line-emulator " + program.synopsis);
  bench::LineSettings settings;
  settings.bits_per_second = number("rate");
  settings.delay = std::chrono::milliseconds(number("delay"));
  settings.listen_port = values["listen"].as<unsigned>();
  settings.host = parsed.operands[0];
  settings.port = static_cast<unsigned>(std::stoul(parsed.operands[1]));
  if (!values["cut-octets"].empty()) settings.cut_octets = number("cut-octets");
  if (!values["cut-after"].empty()) settings.cut_after = std::chrono::milliseconds(number("cut-after"));
  settings.is_silent_cut = values["silent"].as<bool>();
  const auto way = values["cut-way"].as<std::string>();
  if (way == "up") settings.cut_way = bench::Way::up;
  if (way == "down") settings.cut_way = bench::Way::down;
  if (!settings.cut_way && way != "both") return base::permanent("--cut-way is up, down or both: " + way);
  if (settings.bits_per_second < 1 || settings.bits_per_second > max_bits_per_second ||
      number("delay") > max_milliseconds)
    return base::permanent("--rate or --delay is out of range");
  return settings;
}

base::Result<void> run(int argc, const char* const* argv) {
  po::options_description description("Options");
  description.add_options()("rate", po::value<std::uint64_t>()->default_value(33'600), "bit/s, each way")(
      "delay", po::value<std::uint64_t>()->default_value(100), "milliseconds one way")(
      "listen", po::value<unsigned>()->default_value(0), "port on 127.0.0.1; 0: a free one")(
      "cut-octets", po::value<std::uint64_t>(), "the line breaks when so many octets have arrived")(
      "cut-way", po::value<std::string>()->default_value("both"), "which octets count for that: up, down or both")(
      "cut-after", po::value<std::uint64_t>(), "the line breaks so many milliseconds after the first connection")(
      "silent", po::bool_switch(), "a broken line leaves its connections open instead of resetting them");
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  if (parsed->shown) return {};
  auto settings = settings_from(*parsed);
  if (!settings) return settings.error();
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  bench::LineEmulator line(*settings, *signals);
  const auto port = line.listen();
  if (!port) return port.error();
  std::printf("port %u\n", *port);
  std::fflush(stdout);
  const auto done = line.run();
  std::printf("%s\n", line.summary().c_str());
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("line-emulator", [&] { return run(argc, argv); });
}
