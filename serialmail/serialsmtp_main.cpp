#include <fcntl.h>

#include <cstdlib>

#include "base/run.h"
#include "mta/net/tcp_connect.h"
#include "serialmail/serialsmtp_options.h"
#include "serialmail/smtp_run.h"

namespace {

constexpr int ucspi_from = 6;
constexpr int ucspi_to = 7;

base::Result<serialmail::SmtpPeer> inherited_peer() {
  serialmail::SmtpPeer peer;
  auto from = base::inherit(ucspi_from, "from the server");
  if (!from) return from.error();
  auto to = base::inherit(ucspi_to, "to the server");
  if (!to) return to.error();
  peer.from = std::move(*from);
  peer.to = std::move(*to);
  peer.is_handed_down = true;
  if (const char* address = std::getenv("TCPREMOTEIP")) peer.address = address;
  return peer;
}

base::Result<serialmail::SmtpPeer> connected_peer(const serialmail::SerialsmtpOptions& options) {
  auto connection = net::connect_tcp(*options.connect, options.port);
  if (!connection) return connection.error();
  serialmail::SmtpPeer peer;
  peer.to = base::Fd(::fcntl(connection->fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!peer.to.valid()) return base::system_failure("duplicate connection");
  peer.from = std::move(connection->fd);
  peer.address = std::move(connection->address);
  return peer;
}

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
  auto peer = options->connect ? connected_peer(*options) : inherited_peer();
  if (!peer) return peer.error();
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  return serialmail::SmtpRun(std::move(*peer), options->prefix, options->helo_name, *directory, *report, *signals)
      .run();
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("serialsmtp", [&] { return run(argc, argv); });
}
