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
  auto peer = serialmail::connected_peer(*options.client.connect, options.smtp_port);
  if (!peer) return peer.error();
  return Connected{std::move(*peer), true};
}

void remember_absence(const SerialqmtpOptions& options, const base::Directory& maildir) {
  const auto noted = serialmail::note_qmtp_absence(maildir, *options.client.connect, options.client.port,
                                                   base::read_clock().wall_seconds);
  if (!noted) base::log(base::Level::warning, noted.error().text);
}

base::Result<Connected> connect(const SerialqmtpOptions& options, const base::Directory& maildir) {
  if (!options.client.connect) {
    auto peer = serialmail::inherited_peer();
    if (!peer) return peer.error();
    return Connected{std::move(*peer), false};
  }
  const auto& host = *options.client.connect;
  const bool may_fall_back = !options.smtp_helo_name.empty();
  if (may_fall_back &&
      serialmail::is_qmtp_absent(maildir, host, options.client.port, base::read_clock().wall_seconds)) {
    return by_smtp(options);
  }
  auto peer = serialmail::connected_peer(host, options.client.port);
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
  auto report = serialmail::start_client(options->client.report_descriptor);
  if (!report) return report.error();
  auto directory = base::Directory::open(".");
  if (!directory) return directory.error();
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  auto to = connect(*options, *directory);
  if (!to) return to.error();
  if (!to->by_smtp) {
    return serialmail::QmtpRun(std::move(to->peer), {options->prefix, options->client.line}, *directory, *report,
                               *signals)
        .run();
  }
  serialmail::SmtpSettings settings{options->prefix,
                                    {options->smtp_helo_name},
                                    options->smtp_port,
                                    serialmail::ConnectionPlan::default_connections,
                                    options->client.line};
  return serialmail::SmtpRun(std::move(settings), *directory, *report, *signals)
      .run(serialmail::SmtpPeer(std::move(to->peer)));
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("serialqmtp", [&] { return run(argc, argv); });
}
