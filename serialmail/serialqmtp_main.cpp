#include "base/clock.h"
#include "base/log.h"
#include "base/run.h"
#include "serialmail/peer.h"
#include "serialmail/qmtp_absence.h"
#include "serialmail/qmtp_run.h"
#include "serialmail/serialqmtp_options.h"
#include "serialmail/smtp_run.h"

namespace {

using serialmail::SerialqmtpOptions;

struct Connected {
  serialmail::Peer peer;
  bool by_smtp = false;
};

base::Result<Connected> by_smtp(const SerialqmtpOptions& options) {
  auto peer = serialmail::connected_peer(*options.connect, options.smtp_port);
  if (!peer) return peer.error();
  return Connected{std::move(*peer), true};
}

void remember_absence(const SerialqmtpOptions& options, const base::Directory& maildir) {
  const auto noted =
      serialmail::note_qmtp_absence(maildir, *options.connect, options.port, base::read_clock().wall_seconds);
  if (!noted) base::log(base::Level::warning, noted.error().text);
}

base::Result<Connected> connect(const SerialqmtpOptions& options, const base::Directory& maildir) {
  const auto& host = *options.connect;
  const bool may_fall_back = !options.smtp_helo_name.empty();
  if (may_fall_back && serialmail::is_qmtp_absent(maildir, host, options.port, base::read_clock().wall_seconds)) {
    return by_smtp(options);
  }
  auto peer = serialmail::connected_peer(host, options.port);
  if (peer) return Connected{std::move(*peer), false};
  const int error = peer.error().error;
  if (!may_fall_back || (error != ECONNREFUSED && error != ETIMEDOUT)) return peer.error();
  auto other = by_smtp(options);
  if (!other) return peer.error();  // the host is away, not its QMTP
  base::log(base::Level::info, peer.error().text + "; going on by SMTP");
  remember_absence(options, maildir);
  return other;
}

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
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  if (!options->connect) {
    auto peer = serialmail::inherited_peer();
    if (!peer) return peer.error();
    return serialmail::QmtpRun(std::move(*peer), options->prefix, *directory, *report, *signals).run();
  }
  auto to = connect(*options, *directory);
  if (!to) return to.error();
  if (!to->by_smtp) {
    return serialmail::QmtpRun(std::move(to->peer), options->prefix, *directory, *report, *signals).run();
  }
  serialmail::SmtpSettings settings{
      options->prefix, {options->smtp_helo_name}, options->smtp_port, serialmail::ConnectionPlan::default_connections};
  return serialmail::SmtpRun(std::move(settings), *directory, *report, *signals)
      .run(serialmail::SmtpPeer(std::move(to->peer)));
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("serialqmtp", [&] { return run(argc, argv); });
}
