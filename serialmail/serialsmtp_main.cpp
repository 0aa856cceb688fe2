#include "base/run.h"
#include "serialmail/peer.h"
#include "serialmail/serialsmtp_options.h"
#include "serialmail/smtp_run.h"

namespace {

base::Result<void> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_serialsmtp_options(argc, argv);
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
  serialmail::SmtpSettings settings{
      options->prefix, {options->helo_name, !options->no_chunking}, options->port, options->connections};
  return serialmail::SmtpRun(std::move(settings), *directory, *report, *signals).run(std::move(*peer));
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("serialsmtp", [&] { return run(argc, argv); });
}
