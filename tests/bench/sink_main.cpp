// A server that takes mail and keeps counts: see tests/bench/sink.h.
#include <cstdio>

#include "base/run.h"
#include "conf/command_line.h"
#include "tests/bench/sink.h"

namespace {

namespace po = boost::program_options;

const conf::Program program{"mail-sink", "[options]",
                            "Takes mail and answers at once; prints `port N` when it listens and, at SIGTERM, what "
                            "has come, as JSON."};

base::Result<void> run(int argc, const char* const* argv) {
  bench::SinkSettings settings;
  po::options_description description("Options");
  description.add_options()("pipelining", po::bool_switch(&settings.offers_pipelining), "offer PIPELINING")(
      "chunking", po::bool_switch(&settings.offers_chunking), "offer CHUNKING")(
      "qmtp", po::bool_switch(&settings.is_qmtp), "speak QMTP instead of SMTP")(
      "defer", po::bool_switch(&settings.defers), "defer every recipient")(
      "listen", po::value(&settings.listen_port), "port on 127.0.0.1; a free one if not given");
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  if (parsed->shown) return {};
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  bench::Sink sink(settings, *signals);
  const auto port = sink.listen();
  if (!port) return port.error();
  std::printf("port %u\n", *port);
  std::fflush(stdout);
  const auto done = sink.run();
  std::printf("%s\n", sink.summary().c_str());
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("mail-sink", [&] { return run(argc, argv); });
}
