// How a call gets its network: pppd on the line that was dialled.
#include <algorithm>

#include "base/private_file.h"
#include "conf/places.h"
#include "modem/tty_program.h"
#include "pppctl/call.h"
#include "pppctl/ppp/peers.h"
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
  if (has_ppp()) return bring_up_by_pppd();
  meter_.dialled(read_moment());
  return bring_up_by_program();
}

SessionCore::Event CallRun::bring_up_by_pppd() {
  const auto& settings = plan_.link.ppp;
  std::optional<base::Secret> password;
  if (!settings.secret.empty()) {
    auto read = read_password();
    if (!read) return Core::Failed{read.error()};
    password = std::move(*read);
  }
  const auto place = ppp::place_options(ppp::link_options(plan_.link.name, settings, plan_.modem), places_.run);
  if (!place) return Core::Failed{place.error()};
  // The lock file keeps the others away; TIOCEXCL would keep pppd from its own terminal.
  modem_->port().unclaim();
  const auto tty = modem::open_tty_for(modem_->port().device(), modem::TtyUse::raw);
  if (!tty) return Core::Failed{trouble_of(tty.error(), modem::Retry::stop)};
  ppp::PppdOrder order;
  order.argv = ppp::pppd_command(settings, *place, ppp::log_descriptor,
                                 password ? std::optional(ppp::secret_descriptor) : std::optional<int>());
  order.line = &*tty;
  order.password = password ? &*password : nullptr;
  order.grace = plan_.link.grace;
  order.said = [&](std::string_view line) { display_.detail("pppd: " + std::string(line)); };
  auto started = ppp::Pppd::start(std::move(order));
  if (!started) return Core::Failed{trouble_of(started.error(), modem::Retry::stop)};
  pppd_.emplace(std::move(*started));
  const auto up = pppd_->wait_up(settings.up_limit, stop_);
  if (!up) return Core::Failed{up.error()};
  const auto& state = pppd_->state();
  interface_ = {state.interface, state.local_ip, state.remote_ip};
  for (const auto& server : state.dns) {
    if (!server.empty()) name_servers_.push_back(server);
  }
  note_interface();
  return Core::Up{state.interface + ": " + state.local_ip + " -> " + state.remote_ip};
}

void CallRun::note_interface() {
  if (const auto noted = ledger_.note_interface(id_, interface_); !noted) note_ledger_trouble(noted.error());
}

NetworkLine CallRun::network_line() {
  NetworkLine line;
  if (pppd_) {
    line.event = &pppd_->event();
    line.look = [&] { return pppd_->look(); };
    line.trouble = [&] { return pppd_->trouble(); };
  }
  line.octets = [&]() -> std::optional<Octets> {
    const auto octets = ppp::octets_of(interface_.name);
    if (!octets) return {};
    return Octets{octets->sent, octets->received};
  };
  return line;
}

Octets CallRun::octets() const {
  if (!pppd_ || !pppd_->state().sent || !pppd_->state().received) return progress_.octets();
  return {*pppd_->state().sent, *pppd_->state().received};
}

void CallRun::take_down_pppd() {
  if (!pppd_) return;
  if (pppd_->stop(&stop_)) display_.timeline("", "pppd did not end in time and was killed");
  const auto& state = pppd_->state();
  if (state.up_for) {
    display_.timeline("", "the interface was up for " + seconds_text(state.up_for->count()) + "; " +
                              octets_text(octets().sent) + " out, " + octets_text(octets().received) + " in");
  }
  // A line that was hung up meanwhile cannot be set up: the hang-up opens it anew.
  if (modem_) [[maybe_unused]]
    auto ours = modem_->port().claim();
}

}  // namespace pppctl
