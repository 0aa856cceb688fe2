#include <chrono>
#include <memory>
#include <optional>

#include "base/run.h"
#include "conf/control.h"
#include "conf/relay.h"
#include "mta/mail/smtp_login.h"
#include "mta/net/relay_login.h"
#include "serialmail/peer.h"
#include "serialmail/serialsmtp_options.h"
#include "serialmail/smtp_run.h"

namespace {

struct Way {
  serialmail::SmtpPeer peer;
  std::string helo_name;
  unsigned port = 0;
  std::unique_ptr<conf::RelayProfile> relay;
  std::optional<net::RelayAccess> access;  // to it
  std::chrono::milliseconds login_time{0};
};

base::Result<Way> relay_way(const serialmail::SerialsmtpOptions& options) {
  const auto places = conf::Places::from_environment();
  auto relay = conf::load_relay(places, *options.relay);
  if (!relay) return relay.error();
  Way way;
  way.relay = std::make_unique<conf::RelayProfile>(std::move(*relay));
  net::LoginOptions login;
  login.helo_name = way.relay->helo;
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
  way.helo_name = login.helo_name;
  auto access = net::RelayAccess::open(places, *way.relay, std::move(login));
  if (!access) return access.error();
  way.access = std::move(*access);
  auto session = way.access->log_in();
  if (!session) return session.error();
  if (options.connections == 1) way.access->forget_secret();
  way.port = session->host.port;
  way.login_time = session->set_up;
  way.peer = serialmail::SmtpPeer(std::move(*session));
  return way;
}

base::Result<Way> way_of(const serialmail::SerialsmtpOptions& options) {
  if (options.relay) return relay_way(options);
  auto peer = options.client.connect ? serialmail::connected_peer(*options.client.connect, options.client.port)
                                     : serialmail::inherited_peer();
  if (!peer) return peer.error();
  Way way;
  way.peer = serialmail::SmtpPeer(std::move(*peer));
  way.helo_name = options.helo_name;
  way.port = options.client.connect ? options.client.port : 0;
  return way;
}

base::Result<void> send(const serialmail::SerialsmtpOptions& options, serialmail::Report& report) {
  auto directory = base::Directory::open(".");
  if (!directory) return directory.error();
  auto way = way_of(options);
  if (!way) return way.error();
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  serialmail::SmtpSettings settings{
      options.prefix, {way->helo_name, !options.no_chunking}, way->port, options.connections, options.client.line};
  if (way->access) settings.relay = &*way->access;
  settings.login_time = way->login_time;
  return serialmail::SmtpRun(std::move(settings), *directory, report, *signals).run(std::move(way->peer));
}

base::Result<void> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_serialsmtp_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return {};
  auto report = serialmail::start_client(options->client.report_descriptor);
  if (!report) return report.error();
  auto done = send(*options, *report);
  if (!done && done.error().error == mail::login_refused)
    report->parked(options->relay.value_or(""), done.error().text);
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("serialsmtp", [&] { return run(argc, argv); });
}
