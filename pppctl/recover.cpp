#include "pppctl/recover.h"

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/directory.h"
#include "base/log.h"
#include "conf/modem.h"
#include "modem/lock.h"
#include "modem/lock_file.h"
#include "modem/modem.h"
#include "pppctl/connect.h"
#include "pppctl/hook_job.h"
#include "pppctl/ip_job.h"
#include "pppctl/meter.h"
#include "pppctl/notify.h"
#include "pppctl/plan.h"
#include "pppctl/ppp/peers.h"
#include "pppctl/ppp/pppd_note.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_lock_bytes = 4096;
// A driver may still be at the dead session's last close: what is exclusive then is nobody's in a moment.
constexpr milliseconds busy_limit{2000};
constexpr milliseconds busy_look{50};

// As it was for the call, whatever has become of the profile since.
conf::ModemProfile profile_of(const Call& call, const conf::Places& places) {
  conf::ModemProfile profile;
  profile.name = call.start.modem;
  if (auto loaded = conf::load_modem(places, call.start.modem, conf::Need::optional)) profile = std::move(*loaded);
  profile.port = call.start.port;
  profile.lock_dir = call.start.lock_dir;
  return profile;
}

// Lock files of the dead session under names that the port no longer has: the device behind a link may be another by
// now.
void remove_stale_locks(const Call& call) {
  const auto directory = base::Directory::open(call.start.lock_dir);
  const auto pid = static_cast<pid_t>(call.start.process.pid);
  if (!directory || call.start.device.empty() || pid <= 0) return;
  if (modem::is_alive(pid)) return;
  // Killed between writing its lock file aside and linking it into place.
  [[maybe_unused]] const auto aside = directory->unlink("LTMP." + std::to_string(pid));
  for (const auto& name : modem::lock_names(call.start.port, call.start.device)) {
    const auto file = directory->open_file(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    // Whoever takes a stale lock over holds this flock while he does.
    if (!file || ::flock(file->get(), LOCK_EX | LOCK_NB) < 0) continue;
    const auto bytes = base::read_file(*directory, name, max_lock_bytes);
    if (!bytes || modem::parse_lock(*bytes) != pid) continue;
    [[maybe_unused]] const auto gone = directory->unlink(name);
    [[maybe_unused]] const auto note = directory->unlink("." + name + ".owner");
  }
}

bool port_is_gone(const modem::Trouble& trouble) {
  return trouble.error == ENOENT || trouble.error == ENODEV || trouble.error == ENXIO;
}

// What became of the line; an empty text with no success: see the trouble.
modem::Outcome<modem::Modem> open_modem(const Call& call, const conf::Places& places, base::StopSignals& stop) {
  const auto log = [](std::string_view text) { base::log(base::Level::info, text); };
  const auto limit = base::Deadline::after(busy_limit);
  for (;;) {
    auto modem = modem::Modem::open(profile_of(call, places), "pppctl", &stop, {log, places.run});
    if (modem || modem.error().error != EBUSY || limit.passed()) return modem;
    if (!base::pause(base::Deadline::after(busy_look), &stop)) return modem;
  }
}

modem::Outcome<std::string> put_on_hook(const Call& call, const conf::Places& places, base::StopSignals& stop) {
  auto modem = open_modem(call, places, stop);
  // No port, no line: an adapter that was pulled out has dropped DTR, and nothing is there to be put on-hook.
  if (!modem && port_is_gone(modem.error())) return "the port " + call.start.port + " is not there any more";
  if (!modem) return tl::unexpected(modem.error());
  if (auto down = modem->hang_up(); !down) return tl::unexpected(down.error());
  if (auto closed = modem->close(); !closed) return tl::unexpected(closed.error());
  return "the line is on-hook, the lock gone";
}

// The link as its profile has it now; without one, what holds for every link.
conf::LinkProfile link_of(const Call& call, const conf::Places& places) {
  const auto link = conf::load_link(places, call.start.link);
  return link ? *link : conf::LinkProfile();
}

// By the program that brings a link down, whose session did not come to it.
modem::Outcome<std::string> bring_down(const Call& call, const conf::Places& places, base::StopSignals& stop) {
  const auto down = link_of(call, places).command.down;
  if (down.argv.empty()) return "the link has no down program any more";
  IpJobOrder order;
  order.argv = down.argv;
  order.limit = down.limit;
  order.environment =
      program_environment({call.start.link, call.start.kind, call.start.number, call.id, call.interface, {}}, places);
  Progress apart;
  const JobListener listener{[] {}, [](std::string_view text) { base::log(base::Level::info, text); }};
  const auto ended = run_ip_job(order, {}, &stop, apart, listener);
  if (ended && ended->record.exit == 0) return "the link was brought down";
  const std::string why = ended ? ended->record.text : ended.error().text;
  return modem::fail({modem::Retry::stop, "the link's down program failed: " + why, "", 0});
}

struct EndedLine {
  std::string text;
  std::optional<std::int64_t> stood_boot_ms;  // until then, at the latest, though its session was dead
};

// Until when a pppd may have had the line that has ended by itself.
std::optional<std::int64_t> alone_until(const Call& call, const conf::LinkProfile& link) {
  // One that was started by root hears of its session's death, a set-uid one does not.
  if (::geteuid() == 0) return {};
  return std::min(read_moment().boot_ms, call.updated.boot_ms + link.ppp.maxconnect.count());
}

modem::Outcome<EndedLine> end_ppp(const Call& call, const conf::Places& places, base::StopSignals& stop) {
  const auto link = link_of(call, places);
  const bool is_noted = ppp::is_noted(places.run, call.start.link);
  const auto pppd = ppp::end_orphan(places.run, call.start.link, link.grace);
  // One that was killed has not run its scripts.
  if (!pppd.empty()) [[maybe_unused]]
    const auto told = run_notify("down", call.start.link, places);
  // Of a pppd that dialled itself: nobody reads any more what its connect script has found.
  base::forget_file(connect_report_file(places, call.start.link));
  base::forget_file(places.run + "/" + ppp::options_name(call.start.link));
  auto line = put_on_hook(call, places, stop);
  if (!line) return tl::unexpected(line.error());
  if (!pppd.empty()) return EndedLine{pppd + "; " + *line, read_moment().boot_ms};
  return EndedLine{*line, is_noted ? alone_until(call, link) : std::nullopt};
}

modem::Outcome<EndedLine> end_line(const Call& call, const conf::Places& places, base::StopSignals& stop) {
  const auto& kind = call.start.kind;
  // A link that is always there, or a line that others had brought up.
  if (kind == word(conf::LinkKind::always) || (call.start.port.empty() && kind != word(conf::LinkKind::command)))
    return EndedLine{"there is no line", {}};
  if (kind == word(conf::LinkKind::ppp)) return end_ppp(call, places, stop);
  const bool is_ours = kind != word(conf::LinkKind::command);
  const auto line = is_ours ? put_on_hook(call, places, stop) : bring_down(call, places, stop);
  if (!line) return tl::unexpected(line.error());
  return EndedLine{*line, is_ours ? std::nullopt : std::optional(read_moment().boot_ms)};
}

base::Result<Recovery> recover_call(Ledger& ledger, const conf::Places& places, const Call& call,
                                    base::StopSignals& stop) {
  const auto line = end_line(call, places, stop);
  if (!line) return Recovery{false, death_text(call) + "; it stays open: " + line.error().line()};
  remove_stale_locks(call);
  CallEnd end;
  end.result = CallResult::died;
  end.retry = modem::word(modem::Retry::soon);
  end.reason = "the session died in phase " + call.phase;
  end.at = call.updated;
  const bool is_this_boot = call.start.process.boot_id == base::boot_id();
  if (is_this_boot) end.on_hook_boot_ms = read_moment().boot_ms;
  const auto priced = settle_dead(ledger, places, call, is_this_boot ? line->stood_boot_ms : std::nullopt);
  if (auto closed = ledger.end(call.id, end, {}); !closed) return closed.error();
  return Recovery{true,
                  death_text(call) + "; " + line->text + (priced ? "" : "; it is not priced: " + priced.error().text)};
}

}  // namespace

std::string death_text(const Call& call) {
  return call.start.link + ": call " + std::to_string(call.id) + " died in phase " + call.phase + ", last seen " +
         seconds_text(call.updated.boot_ms - call.start.started.boot_ms) + " after its start; " +
         std::to_string(call.octets.sent) + " octets sent, " + std::to_string(call.octets.received) + " received";
}

base::Result<std::vector<Recovery>> recover_calls(Ledger& ledger, const conf::Places& places, const std::string& link,
                                                  base::StopSignals& stop) {
  const auto calls = ledger.open_calls(link);
  if (!calls) return calls.error();
  std::vector<Recovery> done;
  for (const auto& call : *calls) {
    if (is_alive(call.start.process)) continue;
    auto recovery = recover_call(ledger, places, call, stop);
    if (!recovery) return recovery.error();
    done.push_back(std::move(*recovery));
  }
  return done;
}

base::Result<std::vector<Recovery>> settle_calls(Ledger& ledger, const conf::Places& places, const std::string& link) {
  const auto calls = ledger.unsettled_calls(link);
  if (!calls) return calls.error();
  std::vector<Recovery> done;
  for (const auto& call : *calls) {
    const auto settled = settle_dead(ledger, places, call);
    const auto which = call.start.link + ": call " + std::to_string(call.id);
    done.push_back(
        {settled.has_value(), which + (settled ? " has its price now" : " is not priced: " + settled.error().text)});
  }
  return done;
}

}  // namespace pppctl
