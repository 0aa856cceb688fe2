#include "base/run.h"
#include "conf/control.h"
#include "conf/relay.h"
#include "mta/mail/smtp_login.h"
#include "mta/net/relay_login.h"
#include "serialmail/peer.h"
#include "serialmail/serialsmtp_options.h"
#include "serialmail/smtp_run.h"

namespace {

base::Result<serialmail::SmtpPeer> relay_peer(const serialmail::SerialsmtpOptions& options) {
  const auto places = conf::Places::from_environment();
  const auto relay = conf::load_relay(places, *options.relay);
  if (!relay) return relay.error();
  net::LoginOptions login;
  login.helo_name = relay->helo;
  if (login.helo_name.empty()) {
    auto name = conf::Control(places).setting("helohost");
    if (!name) return name.error();
    login.helo_name = std::move(*name);
    if (auto checked = serialmail::check_helo_name(login.helo_name); !checked) return checked.error();
  }
  if (options.secret_descriptor) {
    auto fd = base::inherit(*options.secret_descriptor, "the password");
    if (!fd) return fd.error();
    login.password = std::move(*fd);
  }
  auto session = net::log_in(places, *relay, std::move(login));
  if (!session) return session.error();
  serialmail::SmtpPeer peer;
  peer.stream = std::move(session->stream);
  peer.address = std::move(session->address);
  peer.is_logged_in = true;
  peer.ehlo = std::move(session->ehlo);
  return peer;
}

base::Result<serialmail::SmtpPeer> peer_of(const serialmail::SerialsmtpOptions& options) {
  if (options.relay) return relay_peer(options);
  auto peer =
      options.connect ? serialmail::connected_peer(*options.connect, options.port) : serialmail::inherited_peer();
  if (!peer) return peer.error();
  return serialmail::SmtpPeer(std::move(*peer));
}

base::Result<void> send(const serialmail::SerialsmtpOptions& options, serialmail::Report& report) {
  auto directory = base::Directory::open(".");
  if (!directory) return directory.error();
  auto peer = peer_of(options);
  if (!peer) return peer.error();
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  return serialmail::SmtpRun(std::move(*peer), options.prefix, options.helo_name, *directory, report, *signals).run();
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
  auto done = send(*options, *report);
  if (!done && done.error().error == mail::login_refused)
    report->parked(options->relay.value_or(""), done.error().text);
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("serialsmtp", [&] { return run(argc, argv); });
}
