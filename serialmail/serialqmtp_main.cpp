#include "base/run.h"
#include "serialmail/peer.h"
#include "serialmail/qmtp_run.h"
#include "serialmail/serialqmtp_options.h"

namespace {

base::Result<void> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_serialqmtp_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return {};
  auto report = serialmail::Report::to(options->report_descriptor);
  if (!report) return report.error();
  for (const int number : {0, 1}) {  // not open: the connection would take its place
    auto fd = base::inherit(number, "names and results");
    if (!fd) return fd.error();
    fd->release();
  }
  auto directory = base::Directory::open(".");
  if (!directory) return directory.error();
  auto peer =
      options->connect ? serialmail::connected_peer(*options->connect, options->port) : serialmail::inherited_peer();
  if (!peer) return peer.error();
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  return serialmail::QmtpRun(std::move(*peer), options->prefix, *directory, *report, *signals).run();
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("serialqmtp", [&] { return run(argc, argv); });
}
