#include "pppctl/check/judge.h"

#include <stdio.h>
#include <string.h>

#include <array>

#include "base/log.h"
#include "base/run.h"
#include "chat/script_check.h"

namespace pppctl::check {
namespace {

constexpr unsigned of_others = 0077;
constexpr unsigned write_of_all = 0002;
constexpr unsigned write_of_group = 0020;
constexpr unsigned run_of_any = 0111;

std::string why(int error) { return ::strerrordesc_np(error) ? ::strerrordesc_np(error) : "error"; }

std::string octal(unsigned mode) {
  std::array<char, 16> text{};
  ::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

std::string shown(const PathFacts& path) {
  return base::escape(path.path) + (path.named_by.empty() ? "" : ", which " + base::escape(path.named_by) + " names,");
}

bool is_foreign(const PathFacts& path, const Self& self) { return path.uid != 0 && path.uid != self.uid; }

Finding missing(const PathFacts& path, const std::string& about, const std::string& remedy) {
  return {Severity::permanent, about, shown(path) + ": " + why(path.error), remedy};
}

}  // namespace

Findings judge_configuration(const std::vector<std::string>& faults) {
  Findings findings;
  for (const auto& fault : faults)
    findings.push_back({Severity::permanent, "configuration", fault, "correct that file; its man page has every key"});
  return findings;
}

Findings judge_configuration_path(const PathFacts& path, const Self& self) {
  const std::string about = "permissions";
  if (path.error != 0) return {missing(path, about, "`pppctl setup` writes a configuration")};
  Findings findings;
  const auto name = base::escape(path.path);
  if ((path.mode & write_of_all) != 0) {
    findings.push_back(
        {Severity::permanent, about, name + " may be written by everybody on this host", "chmod o-w " + name});
  } else if ((path.mode & write_of_group) != 0) {
    findings.push_back({Severity::warning, about, name + " may be written by its group",
                        "chmod g-w " + name + ", unless the group is that of the administrators"});
  }
  if (is_foreign(path, self)) {
    findings.push_back(
        {Severity::warning, about, name + " belongs to " + path.owner + ", who may change it", "chown root " + name});
  }
  if (path.is_file && !path.may_use) {
    findings.push_back({Severity::permanent, about, name + " may not be read by " + self.user,
                        "chmod a+r " + name + ", or give it to a group that " + self.user + " is in"});
  }
  return findings;
}

Findings judge_secret(const PathFacts& path, const Self& self) {
  const std::string about = "secrets";
  if (path.error != 0) return {missing(path, about, "write it, with mode 0600 and owner " + self.user)};
  const auto name = shown(path);
  if (!path.is_file) return {{Severity::permanent, about, name + " is no regular file", "put a regular file there"}};
  Findings findings;
  if ((path.mode & of_others) != 0) {
    findings.push_back({Severity::permanent, about, name + " is open to others: mode " + octal(path.mode),
                        "chmod 600 it, and change the secret: it may have been read"});
  }
  if (is_foreign(path, self)) {
    findings.push_back({Severity::permanent, about, name + " belongs to " + path.owner,
                        "chown " + self.user + " " + base::escape(path.path)});
  } else if (!path.may_use) {
    findings.push_back({Severity::permanent, about, name + " may not be read by " + self.user,
                        "chown " + self.user + " " + base::escape(path.path)});
  }
  return findings;
}

Findings judge_folder(const PathFacts& path, const Self& self) {
  const std::string about = "permissions";
  const auto name = base::escape(path.path);
  if (path.error != 0) {
    return {missing(path, about, "install -d -m 0750 -o " + self.user + " " + name)};
  }
  if (!path.is_folder) return {{Severity::permanent, about, name + " is no folder", "move it away"}};
  Findings findings;
  if (!path.may_use) {
    findings.push_back({Severity::permanent, about, name + " may not be written by " + self.user,
                        "chown " + self.user + " " + name + "; it belongs to " + path.owner + " now"});
  }
  if ((path.mode & write_of_all) != 0) {
    findings.push_back(
        {Severity::permanent, about, name + " may be written by everybody on this host", "chmod o-w " + name});
  }
  return findings;
}

Findings judge_program(const PathFacts& path) {
  const std::string about = "program";
  if (path.error != 0) return {missing(path, about, "correct the path, or install the program")};
  if (!path.is_file || (path.mode & run_of_any) == 0)
    return {{Severity::permanent, about, shown(path) + " cannot be run", "chmod +x " + base::escape(path.path)}};
  if ((path.mode & write_of_all) == 0) return {};
  return {{Severity::permanent, about, shown(path) + " may be written by everybody on this host",
           "chmod o-w " + base::escape(path.path)}};
}

Findings judge_script(std::string_view text, const std::string& name, const std::string& phone) {
  chat::Settings settings;
  settings.phone = phone;
  Findings findings;
  for (const auto& fault : chat::check_script(text, settings).faults) {
    const bool is_error = fault.kind == chat::ScriptFault::Kind::error;
    findings.push_back({is_error ? Severity::permanent : Severity::warning, "chat script",
                        base::escape(name) + ":" + std::to_string(fault.line) + ": " + fault.text,
                        "correct it; chat(8) has the words of scripts"});
  }
  return findings;
}

Findings judge_port(const PortFacts& port) {
  const std::string about = "device";
  if (port.failure) {
    const auto& text = port.failure->text;
    const auto cut = text.find("; ");
    const bool is_permanent = port.failure->kind == base::FailureKind::permanent;
    return {{is_permanent ? Severity::permanent : Severity::temporary, about,
             "modem " + base::escape(port.modem) + ": " + text.substr(0, cut),
             cut == std::string::npos ? "see to the port" : text.substr(cut + 2)}};
  }
  const bool is_unstable = port.port.starts_with("/dev/ttyUSB") || port.port.starts_with("/dev/ttyACM");
  if (!is_unstable) return {};
  const auto remedy = port.lasting_names.empty()
                          ? std::string("`modemctl list` shows its lasting names")
                          : "port = \"" + base::escape(port.lasting_names.front()) + "\" in its profile";
  return {{Severity::warning, about,
           "modem " + base::escape(port.modem) + ": " + base::escape(port.port) +
               " may be another device after the next plug-in or start",
           remedy}};
}

Findings judge_lock(const LockFacts& lock) {
  const std::string about = "lock";
  if (lock.dir_error != 0) {
    return {{Severity::permanent, about,
             "no lock can be made in " + base::escape(lock.lock_dir) + ": " + why(lock.dir_error),
             "let this user write there, or name another folder as lock_dir in every profile"}};
  }
  if (!lock.is_held) return {};
  const auto holder =
      (lock.program.empty() ? "a program" : base::escape(lock.program)) + " (pid " + std::to_string(lock.pid) + ")";
  if (lock.is_alive) {
    return {{Severity::temporary, about, holder + " has " + base::escape(lock.device) + ": " + base::escape(lock.file),
             "wait until it is done, or end it"}};
  }
  return {{Severity::warning, about, base::escape(lock.file) + " is stale: " + holder + " is gone",
           "nothing needs to be done: the next call takes it over; `modemctl unlock` removes it now"}};
}

Findings judge_modem(const ModemFacts& modem) {
  const std::string about = "modem";
  if (modem.status != 0) {
    const bool is_permanent = modem.status == base::exit_permanent;
    return {{is_permanent ? Severity::permanent : Severity::temporary, about,
             modem.said.empty() ? "modem " + modem.modem + " could not be asked" : base::escape(modem.said),
             "switch it on, look at cable and speed; `modemctl probe` finds both; `modemctl status " +
                 base::escape(modem.modem) + "`"}};
  }
  if (!modem.sim || *modem.sim == "READY") return {};
  if (*modem.sim == "SIM PIN" && modem.has_pin_file) return {};
  return {{Severity::permanent, about,
           "modem " + base::escape(modem.modem) + ": the SIM card is not ready: " + base::escape(*modem.sim),
           *modem.sim == "SIM PIN" ? "name a file with its PIN as pin_file in the profile's table [cellular]"
                                   : "put a card in, or unlock it; see offhook-modem(5)"}};
}

Findings judge_spool(const SpoolFacts& spool, const Self& self) {
  const std::string about = "spool";
  const auto name = base::escape(spool.top.path);
  if (spool.top.error != 0) {
    // The queue manager makes it with the first mail for it.
    return {{Severity::note, about, name + " is not there yet: no mail has come for the route " + spool.route, ""}};
  }
  Findings findings;
  for (const auto& part : spool.parts) {
    const auto path = base::escape(part.path);
    if (part.error != 0 || !part.is_folder) {
      findings.push_back({Severity::permanent, about,
                          path + (part.error != 0 ? ": " + why(part.error) : " is no folder") + ": no maildir",
                          "is that the folder meant in `routes`? If so: maildirmake, or mkdir " + path});
    } else if (!part.may_use) {
      findings.push_back({Severity::permanent, about,
                          path + " may not be written by " + self.user + "; it belongs to " + part.owner,
                          "chgrp to a group of both and chmod 2770, see offhook-spool(5)"});
    }
  }
  if (!spool.is_one_device) {
    findings.push_back({Severity::permanent, about, name + ": tmp, new and cur are on different file systems",
                        "put them on one: mail is renamed from one to the other"});
  }
  if (spool.malformed > 0) {
    findings.push_back({Severity::warning, about,
                        std::to_string(spool.malformed) + " malformed files lie in " + name + "/.offhook/bad",
                        "mend their first two lines and move them to new/, see offhook-spool(5)"});
  }
  return findings;
}

}  // namespace pppctl::check
