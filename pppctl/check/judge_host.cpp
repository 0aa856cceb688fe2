#include <algorithm>

#include "base/log.h"
#include "base/quantity_text.h"
#include "conf/text.h"
#include "pppctl/check/judge.h"
#include "pppctl/moment.h"

namespace pppctl::check {
namespace {

// Below this nothing can be accepted or noted down safely; below the others it is time to look.
constexpr std::uint64_t least_octets = 16U << 20;
constexpr std::uint64_t few_octets = 256U << 20;
constexpr std::uint64_t least_inodes = 1000;
constexpr std::uint64_t few_inodes = 10000;
constexpr std::int64_t first_floor = 1'767'225'600;  // 1 January 2026, as mta's: no clock is right before it

bool is_pppctl(std::string_view word) { return word == "pppctl" || word.ends_with("/pppctl"); }

bool is_option(std::string_view word) { return word.starts_with('-'); }

}  // namespace

Findings judge_space(const SpaceFacts& space) {
  const std::string about = "disk";
  const auto name = base::escape(space.path);
  const auto octets = base::octets_text(space.octets_free) + " free";
  Findings findings;
  if (space.octets_free < least_octets) {
    findings.push_back(
        {Severity::temporary, about, name + ": " + octets + ": no mail can be taken", "free space there"});
  } else if (space.octets_free < few_octets && space.octets_free < space.octets_total / 20) {
    findings.push_back({Severity::warning, about, name + ": only " + octets, "free space there soon"});
  }
  if (space.inodes_total == 0) return findings;
  const auto inodes = name + ": " + std::to_string(space.inodes_free) + " inodes free";
  if (space.inodes_free < least_inodes) {
    findings.push_back({Severity::temporary, about, inodes + ": no file can be made soon", "remove small files there"});
  } else if (space.inodes_free < few_inodes && space.inodes_free < space.inodes_total / 20) {
    findings.push_back({Severity::warning, about, inodes, "remove small files there soon"});
  }
  return findings;
}

Findings judge_clock(const ClockFacts& clock) {
  const auto floor = clock.floor.value_or(first_floor);
  if (clock.now >= floor) return {};
  constexpr std::int64_t ms = 1000;
  return {{clock.is_trusted_by_link ? Severity::warning : Severity::permanent, "clock",
           "the clock says " + utc_time(clock.now * ms) + ", and " + utc_time(floor * ms) +
               " has been before: nothing expires, and no priced link dials",
           "set the clock; if it is right, `mta-queuectl clock confirm`"}};
}

Findings judge_schedule(const std::string& link, const ScheduleFacts& schedule) {
  const std::string about = "schedule";
  Findings findings;
  const CronLine* found = nullptr;
  for (const auto& line : schedule.cron) {
    if (line.link != link && line.link != "any") continue;
    if (line.is_read) {
      found = &line;
      continue;
    }
    findings.push_back({Severity::warning, about, base::escape(line.file) + " is not read by cron: its name has a dot",
                        "rename it: letters, digits, - and _"});
  }
  for (const auto& file : schedule.unreadable)
    findings.push_back({Severity::note, about, base::escape(file) + " may not be read: its lines are not known", ""});
  if (found && schedule.daemon) {
    findings.push_back({Severity::warning, about,
                        "both " + base::escape(found->file) + ":" + std::to_string(found->line) +
                            " and the daemon (pid " + std::to_string(*schedule.daemon) + ") dial this link",
                        "remove the line, or stop the daemon: one of them decides when to call"});
  } else if (!found && !schedule.daemon && schedule.unreadable.empty()) {
    findings.push_back({Severity::warning, about, "nothing calls by itself: no line of cron's, no daemon",
                        "a crontab line `*/15 * * * * offhook pppctl session " + link + "`, or `pppctl daemon`"});
  }
  return findings;
}

Findings judge_modem_manager(const ModemManagerFacts& manager) {
  if (!manager.pid || manager.has_rule || manager.device.empty()) return {};
  return {{Severity::warning, "ModemManager",
           "ModemManager (pid " + std::to_string(*manager.pid) + ") runs, and no rule keeps it off " +
               base::escape(manager.device) + ": it talks to modems without a lock",
           manager.vendor.empty()
               ? "put 78-offhook-modems.rules into /etc/udev/rules.d with the port's name in it"
               : "put 78-offhook-modems.rules into /etc/udev/rules.d with vendor " + base::escape(manager.vendor) +
                     " and product " + base::escape(manager.product)}};
}

Findings judge_ppp(const std::string& link, const PppFacts& ppp) {
  const std::string about = "ppp";
  Findings findings;
  if (ppp.program.empty()) {
    findings.push_back({Severity::permanent, about, "pppd is not there", "install it: Debian's package ppp"});
  } else if (!ppp.may_dial) {
    findings.push_back({Severity::permanent, about, base::escape(ppp.program) + " may not be run as root by this user",
                        "add him to the group dip; pppd is set-uid root for that group"});
  }
  if (!ppp.has_driver) {
    findings.push_back({Severity::permanent, about, "this kernel has no PPP driver",
                        "modprobe ppp_async, or a kernel with CONFIG_PPP_ASYNC"});
  }
  if (!ppp.needs_peers && ppp.peers.error != 0) return findings;
  const auto remedy = "`pppctl setup " + link + " --peers` as root writes it";
  if (ppp.peers.error != 0) {
    findings.push_back({Severity::permanent, about, base::escape(ppp.peers.path) + " is not there", remedy});
  } else if (ppp.peers.uid != 0 || (ppp.peers.mode & 0022) != 0) {
    findings.push_back({Severity::permanent, about,
                        base::escape(ppp.peers.path) + " may be changed by others than root: its options are root's",
                        "chown root and chmod 644 it"});
  } else if (!ppp.fits) {
    findings.push_back({Severity::permanent, about,
                        base::escape(ppp.peers.path) + " is not what the link's and the modem's profile say now",
                        remedy});
  }
  return findings;
}

std::vector<CronLine> cron_lines(std::string_view text, const std::string& file) {
  const auto name = file.substr(file.rfind('/') + 1);
  const bool is_part = file.find("/cron.d/") != std::string::npos;
  std::vector<CronLine> found;
  for (const auto& line : conf::numbered_lines(text)) {
    const auto words = conf::words_of(line.text);
    if (words.empty() || words.front().starts_with('#')) continue;
    const auto program = std::find_if(words.begin(), words.end(), is_pppctl);
    if (program == words.end()) continue;
    std::vector<std::string_view> operands(program + 1, words.end());
    std::erase_if(operands, is_option);
    if (operands.size() < 2 || operands.front() != "session") continue;
    found.push_back({file, line.number, std::string(operands[1]), !is_part || name.find('.') == std::string::npos});
  }
  return found;
}

bool keeps_modem_manager_off(std::string_view rules, const std::string& name, const std::string& vendor,
                             const std::string& product) {
  for (const auto& line : conf::numbered_lines(rules)) {
    const auto words = conf::words_of(line.text);
    if (words.empty() || words.front().starts_with('#')) continue;
    if (line.text.find("ID_MM_DEVICE_IGNORE}=\"1\"") == std::string_view::npos &&
        line.text.find("ID_MM_PORT_IGNORE}=\"1\"") == std::string_view::npos)
      continue;
    const auto has = [&](const std::string& what) {
      return line.text.find("\"" + what + "\"") != std::string_view::npos;
    };
    if (has(name) || (!vendor.empty() && has(vendor) && has(product))) return true;
  }
  return false;
}

}  // namespace pppctl::check
