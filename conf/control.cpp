#include "conf/control.h"

#include <algorithm>

#include "base/bug.h"
#include "base/directory.h"
#include "base/log.h"
#include "conf/nearest.h"
#include "conf/sender_priority.h"
#include "conf/text.h"

namespace conf {

const std::vector<ControlFile>& control_files() {
  using enum ControlKind;
  constexpr ControlDefault me{true, {}};
  static const std::vector<ControlFile> files{
      {"badmailfrom", list, {}},
      {"bouncefrom", line, {false, "MAILER-DAEMON"}},
      {"bouncehost", line, me},
      {"checkpointbytes", number, {false, "67108864"}},
      {"concurrencylocal", number, {false, "10"}},
      {"concurrencyremote", number, {false, "20"}},
      {"databytes", number, {false, "0"}},
      {"defaultdomain", line, me},
      {"defaulthost", line, me},
      {"doublebouncehost", line, me},
      {"doublebounceto", line, {false, "postmaster"}},
      {"envnoathost", line, me},
      {"helohost", line, me},
      {"idhost", line, me},
      {"localiphost", line, me},
      {"locals", list, me},
      {"me", line, {}},
      {"morercpthosts", list, {}},
      {"percenthack", list, {}},
      {"plusdomain", line, me},
      {"qmqpservers", list, {}},
      {"queuelifetime", number, {false, "604800"}},
      {"rcpthosts", list, {}},
      {"senderpriority", list, {}},
      {"smtpgreeting", line, me},
      {"smtproutes", list, {}},
      {"timeoutconnect", number, {false, "60"}},
      {"timeoutremote", number, {false, "1200"}},
      {"timeoutsmtpd", number, {false, "1200"}},
      {"virtualdomains", list, {}},
      // Life with qmail's start scripts read these two; they are common and no mistake.
      {"concurrencyincoming", number, {false, "20"}},
      {"defaultdelivery", line, {false, "./Maildir/"}},
  };
  return files;
}

std::string control_line(std::string_view text) {
  return std::string(without_trailing_blanks(text.substr(0, text.find('\n'))));
}

std::vector<std::string> control_list(std::string_view text) {
  std::vector<std::string> entries;
  for (const auto& line : numbered_lines(text)) {
    if (!line.text.empty() && line.text.front() != '#') entries.emplace_back(line.text);
  }
  return entries;
}

base::Result<std::optional<std::string>> Control::line(std::string_view name) const {
  auto text = read_config_file(places_.control_file(name));
  if (!text) return text.error();
  if (!*text) return std::optional<std::string>();
  return std::optional(control_line(**text));
}

base::Result<std::optional<std::vector<std::string>>> Control::list_if_there(std::string_view name) const {
  auto text = read_config_file(places_.control_file(name));
  if (!text) return text.error();
  if (!*text) return std::optional<std::vector<std::string>>();
  return std::optional(control_list(**text));
}

base::Result<std::vector<std::string>> Control::list(std::string_view name) const {
  auto entries = list_if_there(name);
  if (!entries) return entries.error();
  return std::move(*entries).value_or(std::vector<std::string>());
}

base::Result<std::string> Control::me() const {
  auto name = line("me");
  if (!name) return name.error();
  if (!*name || (*name)->empty()) {
    return base::permanent("read " + places_.control_file("me") + ": " + (*name ? "it is empty" : "it is not there") +
                           "; it must hold the full name of this host");
  }
  return std::move(**name);
}

base::Result<std::string> Control::line_or(std::string_view name, std::string_view fallback) const {
  auto found = line(name);
  if (!found) return found.error();
  return std::move(*found).value_or(std::string(fallback));
}

base::Result<std::string> Control::setting(std::string_view name) const {
  const auto& known = control_files();
  const auto file = std::find_if(known.begin(), known.end(), [&](const auto& f) { return f.name == name; });
  if (file == known.end()) base::bug("Control: unknown file " + std::string(name));
  auto found = line(name);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  if (file->fallback.is_me) return me();
  return std::string(file->fallback.text);
}

base::Result<std::uint64_t> Control::number(std::string_view name, std::uint64_t fallback) const {
  auto text = line(name);
  if (!text) return text.error();
  if (!*text) return fallback;
  const auto value = decimal(**text);
  if (!value) return fault(places_.control_file(name), 1, "'" + base::escape(**text) + "' is not a number");
  return *value;
}

base::Result<std::vector<std::string>> check_control(const Places& places) {
  auto directory = base::Directory::open(places.control_dir());
  if (!directory) return directory.error();
  auto names = directory->list();
  if (!names) return names.error();
  std::sort(names->begin(), names->end());
  const Control control(places);
  std::vector<std::string> faults;
  std::vector<std::string> known;
  for (const auto& file : control_files()) known.emplace_back(file.name);
  for (const auto& name : *names) {
    // Editors' leftovers and compiled tables are nobody's mistake.
    const bool skipped = name.front() == '.' || name.back() == '~' || name == "morercpthosts.cdb";
    if (skipped || std::find(known.begin(), known.end(), name) != known.end()) continue;
    faults.push_back(places.control_file(base::escape(name)) + ": no program knows this control file" +
                     did_you_mean(name, known));
  }
  if (const auto me = control.me(); !me) faults.push_back(me.error().text);
  for (const auto& file : control_files()) {
    if (file.name == "me") continue;
    if (file.kind == ControlKind::number) {
      if (const auto value = control.number(file.name, 0); !value) faults.push_back(value.error().text);
    } else if (file.name == "senderpriority") {
      if (const auto rules = load_sender_priorities(places); !rules) faults.push_back(rules.error().text);
    } else if (const auto value = control.list(file.name); !value) {
      faults.push_back(value.error().text);
    }
  }
  return faults;
}

}  // namespace conf
