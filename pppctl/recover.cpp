#include "pppctl/recover.h"

#include <signal.h>
#include <sys/file.h>

#include <cerrno>

#include "base/clock.h"
#include "base/directory.h"
#include "base/log.h"
#include "conf/modem.h"
#include "modem/lock.h"
#include "modem/modem.h"
#include "pppctl/meter.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr std::size_t max_lock_bytes = 4096;

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
  if (::kill(pid, 0) == 0 || errno != ESRCH) return;
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
modem::Outcome<std::string> put_on_hook(const Call& call, const conf::Places& places, base::StopSignals& stop) {
  const auto log = [](std::string_view text) { base::log(base::Level::info, text); };
  auto modem = modem::Modem::open(profile_of(call, places), "pppctl", &stop, {log, places.run});
  // No port, no line: an adapter that was pulled out has dropped DTR, and nothing is there to be put on-hook.
  if (!modem && port_is_gone(modem.error())) return "the port " + call.start.port + " is not there any more";
  if (!modem) return tl::unexpected(modem.error());
  if (auto down = modem->hang_up(); !down) return tl::unexpected(down.error());
  if (auto closed = modem->close(); !closed) return tl::unexpected(closed.error());
  return "the line is on-hook, the lock gone";
}

base::Result<Recovery> recover_call(Ledger& ledger, const conf::Places& places, const Call& call,
                                    base::StopSignals& stop) {
  const auto line = put_on_hook(call, places, stop);
  if (!line) return Recovery{false, death_text(call) + "; it stays open: " + line.error().line()};
  remove_stale_locks(call);
  CallEnd end;
  end.result = CallResult::died;
  end.retry = modem::word(modem::Retry::soon);
  end.reason = "the session died in phase " + call.phase;
  end.at = call.updated;
  if (call.start.process.boot_id == base::boot_id()) end.on_hook_boot_ms = read_moment().boot_ms;
  const auto priced = settle_dead(ledger, places, call);
  if (auto closed = ledger.end(call.id, end, {}); !closed) return closed.error();
  return Recovery{true, death_text(call) + "; " + *line + (priced ? "" : "; it is not priced: " + priced.error().text)};
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

}  // namespace pppctl
