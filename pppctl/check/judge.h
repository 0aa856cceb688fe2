// The judgments of `pppctl check`: facts in, findings out. Pure: no system call, no clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pppctl/check/facts.h"
#include "pppctl/check/finding.h"

namespace pppctl::check {

// What conf/check.h found, a line each.
Findings judge_configuration(const std::vector<std::string>& faults);
// A file or folder of the configuration: nobody else may change what we do.
Findings judge_configuration_path(const PathFacts& path, const Self& self);
// A file that only its owner may read.
Findings judge_secret(const PathFacts& path, const Self& self);
// A folder that we write to.
Findings judge_folder(const PathFacts& path, const Self& self);
// A program that a link runs.
Findings judge_program(const PathFacts& path);
// By chat's own checker; name: the script's path.
Findings judge_script(std::string_view text, const std::string& name, const std::string& phone);
Findings judge_port(const PortFacts& port);
Findings judge_lock(const LockFacts& lock);
Findings judge_modem(const ModemFacts& modem);
Findings judge_spool(const SpoolFacts& spool, const Self& self);

Findings judge_space(const SpaceFacts& space);
Findings judge_clock(const ClockFacts& clock);
Findings judge_schedule(const std::string& link, const ScheduleFacts& schedule);
Findings judge_modem_manager(const ModemManagerFacts& manager);
Findings judge_ppp(const std::string& link, const PppFacts& ppp);

// The lines of a crontab that call `pppctl session`.
std::vector<CronLine> cron_lines(std::string_view text, const std::string& file);
// Whether a file of udev rules keeps ModemManager off the device of this name, or of these USB ids.
bool keeps_modem_manager_off(std::string_view rules, const std::string& name, const std::string& vendor,
                             const std::string& product);

}  // namespace pppctl::check
