// How a call meets its modem: from the lock to the unlock.
#include <algorithm>

#include "base/child.h"
#include "conf/places.h"
#include "pppctl/call.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds drain_limit{5000};  // a DCE that takes no more octets would be waited for in vain
constexpr milliseconds drain_look{20};

}  // namespace

SessionCore::Event CallRun::open() {
  if (plan_.link.kind == conf::LinkKind::always) return Core::Opened{};
  if (plan_.standing) return use_standing_line();
  if (auto guarded = check_firewall_program(); !guarded) return Core::Failed{guarded.error()};
  // No port: the session's own lock keeps two apart.
  if (!dials(plan_.link)) return Core::Opened{};
  auto opened = modem::Modem::open(plan_.modem, "pppctl", &stop_,
                                   {[&](std::string_view text) { display_.timeline("modem", text); }, places_.run});
  if (!opened) return Core::Failed{opened.error()};
  modem_.emplace(std::move(*opened));
  relay_.emplace(*modem_, &stop_);
  const auto& device = modem_->port().device();
  return Core::Opened{plan_.modem.lock_dir + "/" + modem::lock_name(device), device};
}

SessionCore::Event CallRun::prepare(const std::string& phone) {
  const auto ready = modem_->prepare(has_ppp() ? modem::Use::ppp : modem::Use::line, phone);
  if (const auto& network = modem_->network()) {
    heard_ = {std::string(modem::text_of(network->registration)), network->network, network->signal_text(), ""};
    news_.modem = heard_;
  }
  if (!ready) return Core::Failed{ready.error()};
  return Core::Prepared{};
}

// The exchange and the modem must have seen on-hook for a while since the last call.
SessionCore::Event CallRun::rest() {
  const auto last = ledger_.last_on_hook(start_.port, start_.process.boot_id);
  if (!last) return Core::Failed{trouble_of(last.error(), modem::Retry::later)};
  const auto down = on_hook_boot_ms_ ? on_hook_boot_ms_ : *last;
  if (!down || start_.port.empty()) return Core::Rested{};
  const milliseconds passed(read_moment().boot_ms - *down);
  const milliseconds pause = std::min(plan_.link.redial - passed, plan_.link.redial);
  if (pause.count() <= 0) return Core::Rested{};
  display_.timeline("", "on-hook for " + seconds_text(pause.count()) + " more before the next dial");
  const auto rested = base::pause(base::Deadline::after(pause), &stop_);
  if (!rested) return Core::Failed{trouble_of(rested.error(), modem::Retry::soon)};
  return Core::Rested{};
}

SessionCore::Event CallRun::dial(const std::string& phone) {
  phone_ = phone;
  modem::DialOrder order;
  order.phone = phone;
  order.script = plan_.script ? &*plan_.script : nullptr;
  order.log = [&](std::string_view step) { display_.detail(step); };
  dialled_ = true;
  meter_.dialled(read_moment());
  const auto connection = modem_->dial(order);
  if (!connection) {
    on_hook_boot_ms_ = read_moment().boot_ms;
    meter_.not_connected(connection.error().is_unanswered);
    return Core::Failed{connection.error()};
  }
  const bool may_stay = meter_.connected(read_moment(), has_ppp() ? plan_.link.ppp.up_limit : milliseconds(0));
  if (!may_stay) return Core::Failed{over_budget()};
  const auto& connect = connection->connect;
  note_connection(connect.text, connect.speed);
  return Core::Dialled{connect.text, connect.error_corrected};
}

void CallRun::note_connection(const std::string& connect, std::optional<unsigned> speed) {
  progress_.set_speed(speed);
  news_.connection = {connect, speed};
}

// The last program's goodbye is still to leave this host.
SessionCore::Event CallRun::drain() {
  // What goes over the network was acknowledged there.
  if (has_network()) return Core::Drained{};
  const auto limit = base::Deadline::after(drain_limit);
  while (modem_->port().unsent().value_or(0) > 0 && !limit.passed() && !modem_->carrier_lost()) {
    const auto looked = base::pause(base::Deadline::after(drain_look), &stop_);
    if (!looked) return Core::Failed{trouble_of(looked.error(), modem::Retry::soon)};
  }
  return Core::Drained{};
}

SessionCore::Event CallRun::hang_up() {
  take_down_pppd();
  const auto down = modem_ ? modem_->hang_up() : take_down_by_program();
  if (dialled_) on_hook_boot_ms_ = read_moment().boot_ms;
  if (modem_ && !modem_->report().empty()) {
    heard_.report = modem_->report();
    news_.modem = heard_;
  }
  if (!down) return Core::Failed{down.error()};
  return Core::OnHook{};
}

SessionCore::Event CallRun::close() {
  relay_.reset();
  if (!modem_) return Core::Closed{};
  const auto closed = modem_->close();
  modem_.reset();
  if (!closed) return Core::Failed{closed.error()};
  return Core::Closed{};
}

}  // namespace pppctl
