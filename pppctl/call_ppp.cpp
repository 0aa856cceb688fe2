// How a call gets its network: pppd on the line that was dialled.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/directory.h"
#include "base/private_file.h"
#include "conf/places.h"
#include "modem/tty_program.h"
#include "pppctl/call.h"
#include "pppctl/connect.h"
#include "pppctl/notify.h"
#include "pppctl/ppp/peers.h"
#include "pppctl/ppp/pppd_note.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr std::size_t max_password_bytes = 255;  // what pppd's passwordfd takes

}  // namespace

modem::Outcome<base::Secret> CallRun::read_password() const {
  const auto path = places_.named_path(plan_.link.ppp.secret);
  const auto fd = base::open_private_file(path);
  if (!fd) return modem::fail(trouble_of(fd.error(), modem::Retry::stop));
  auto password = base::read_secret_line(*fd, max_password_bytes, path);
  if (!password) return modem::fail(trouble_of(password.error(), modem::Retry::stop));
  return std::move(*password);
}

SessionCore::Event CallRun::bring_up() {
  // Who dials is not us.
  if (!modem_) meter_.dialled(read_moment());
  return has_ppp() ? bring_up_by_pppd() : bring_up_by_program();
}

// The terminal for pppd, where it is us who have dialled.
base::Result<base::Fd> CallRun::line_for_pppd() {
  if (!modem_) return base::Fd();
  // The lock file keeps the others away; TIOCEXCL would keep pppd from its own terminal.
  modem_->port().unclaim();
  return modem::open_tty_for(modem_->port().device(), modem::TtyUse::raw);
}

modem::Outcome<void> CallRun::start_pppd() {
  const auto& settings = plan_.link.ppp;
  std::optional<base::Secret> password;
  if (!settings.secret.empty()) {
    auto read = read_password();
    if (!read) return modem::fail(read.error());
    password = std::move(*read);
  }
  const auto place = ppp::place_options(pppd_options(plan_), places_.run);
  if (!place) return modem::fail(place.error());
  const auto line = line_for_pppd();
  if (!line) return modem::fail(trouble_of(line.error(), modem::Retry::stop));
  ppp::PppdOrder order;
  order.argv = ppp::pppd_command(settings, *place, ppp::log_descriptor,
                                 password ? std::optional(ppp::secret_descriptor) : std::optional<int>());
  order.line = line->valid() ? &*line : nullptr;
  order.password = password ? &*password : nullptr;
  order.grace = plan_.link.grace;
  order.said = [&](std::string_view text) { display_.detail("pppd: " + std::string(text)); };
  forget_firewall(places_, plan_.link.name);
  auto started = ppp::Pppd::start(std::move(order));
  if (!started) return modem::fail(trouble_of(started.error(), modem::Retry::stop));
  pppd_.emplace(std::move(*started));
  // Without the note a pppd of a session that dies lives to maxconnect.
  if (auto noted = ppp::note_pppd(places_.run, plan_.link.name, process_of(pppd_->pid())); !noted) {
    return modem::fail(trouble_of(noted.error(), modem::Retry::later));
  }
  return {};
}

// What the connect script of a pppd that dials itself has left.
std::optional<ConnectReport> CallRun::take_connect_report() {
  if (modem_) return {};
  const auto text = base::read_file(connect_report_file(places_, plan_.link.name), max_connect_report_bytes);
  const auto report = text ? parse_connect_report(*text) : std::optional<ConnectReport>();
  forget_connect_report();
  if (report) note_dials(report->dials);
  return report;
}

// Of the first the phase is in hand already.
void CallRun::note_dials(const std::vector<ConnectDial>& dials) {
  for (const auto& dial : dials) {
    if (&dial == &dials.front()) {
      news_.number = dial.phone;
    } else {
      unwritten_.push_back({Phase::dialling, dial.at, (&dial - 1)->trouble, dial.phone});
    }
    phone_ = dial.phone;
  }
}

void CallRun::forget_connect_report() const { base::forget_file(connect_report_file(places_, plan_.link.name)); }

SessionCore::Event CallRun::bring_up_by_pppd() {
  const auto& settings = plan_.link.ppp;
  // The modem's own times bound the dial.
  auto limit = settings.up_limit;
  if (!modem_) {
    limit += plan_.modem.connect_timeout * static_cast<int>(plan_.link.phones.size());
    // Its CONNECT is not seen here when it comes: what is billed is taken to begin with the dial.
    if (!meter_.connected(read_moment(), limit)) {
      meter_.not_dialled();
      return Core::Failed{over_budget()};
    }
    const auto ordered = write_connect_file(places_, plan_.link.name, dial_order_text(plan_.link.phones));
    if (!ordered) {
      meter_.not_dialled();
      return Core::Failed{trouble_of(ordered.error(), modem::Retry::later)};
    }
    dialled_ = true;
  }
  if (auto started = start_pppd(); !started) {
    if (!modem_) forget_connect_report();
    return Core::Failed{started.error()};
  }
  const auto up = pppd_->wait_up(limit, stop_);
  const auto report = take_connect_report();
  if (!up && report && report->trouble && up.error().error != EINTR) {
    meter_.not_connected(report->trouble->is_unanswered);
    return Core::Failed{*report->trouble};
  }
  if (!up) return Core::Failed{up.error()};
  if (auto guarded = check_firewall(); !guarded) return Core::Failed{guarded.error()};
  if (report) note_connection(report->connect, report->speed);
  const auto& state = pppd_->state();
  interface_ = {state.interface, state.local_ip, state.remote_ip};
  for (const auto& server : state.dns) {
    if (!server.empty()) name_servers_.push_back(server);
  }
  news_.interface = interface_;
  return Core::Up{state.interface + ": " + state.local_ip + " -> " + state.remote_ip,
                  report ? report->connect : std::string()};
}

SessionCore::Event CallRun::use_standing_line() {
  if (auto guarded = check_firewall(); !guarded) return Core::Failed{guarded.error()};
  interface_ = plan_.standing->interface;
  display_.timeline("", "the line stands already: " + interface_.name);
  news_.interface = interface_;
  return Core::Opened{};
}

modem::Outcome<void> CallRun::check_firewall_program() const {
  const auto& settings = plan_.link.ppp;
  if (!has_ppp() || settings.firewall != conf::Firewall::required) return {};
  if (::access(settings.nft.c_str(), X_OK) == 0) return {};
  return modem::fail({modem::Retry::stop, "not dialled: the link requires a firewall, and there is no " + settings.nft,
                      "install nftables, or see nft in [ppp]", 0});
}

modem::Outcome<void> CallRun::check_firewall() const {
  if (plan_.link.ppp.firewall != conf::Firewall::required || has_firewall(places_, plan_.link.name)) return {};
  return modem::fail({modem::Retry::stop, "the link requires a firewall, and there is none on its interface",
                      "is our ip-pre-up in /etc/ppp, and does the log of pppd's scripts say why not?", 0});
}

NetworkLine CallRun::network_line() {
  NetworkLine line;
  if (pppd_) {
    line.event = &pppd_->event();
    line.look = [&] { return pppd_->look(); };
    line.trouble = [&] { return pppd_->trouble(); };
  } else if (plan_.standing) {
    line.look = [&] { return ppp::has_interface(interface_.name); };
    line.trouble = [&] {
      return modem::Trouble{modem::Retry::soon, "the interface " + interface_.name + " has gone", "", 0};
    };
  }
  line.octets = [&]() -> std::optional<Octets> {
    const auto octets = ppp::octets_of(interface_.name);
    if (!octets) return {};
    return Octets{octets->sent, octets->received};
  };
  return line;
}

Octets CallRun::octets() const {
  const auto counted = progress_.octets();
  if (!pppd_) return counted;
  // pppd's have 32 bits.
  return {std::max(counted.sent, pppd_->state().sent.value_or(0)),
          std::max(counted.received, pppd_->state().received.value_or(0))};
}

void CallRun::take_down_pppd() {
  if (!pppd_) return;
  const bool was_killed = pppd_->stop(&stop_);
  ppp::forget_pppd(places_.run, plan_.link.name);
  if (was_killed) {
    display_.timeline("", "pppd did not end in time and was killed");
    // It has not run its scripts.
    [[maybe_unused]] const auto told = run_notify("down", plan_.link.name, places_);
  }
  const auto& state = pppd_->state();
  if (state.up_for) {
    display_.timeline("", "the interface was up for " + seconds_text(state.up_for->count()) + "; " +
                              octets_text(octets().sent) + " out, " + octets_text(octets().received) + " in");
  }
  // A line that was hung up meanwhile cannot be set up: the hang-up opens it anew.
  if (modem_) [[maybe_unused]]
    auto ours = modem_->port().reclaim();
}

}  // namespace pppctl
