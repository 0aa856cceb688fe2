#include "modem/ctl/identify.h"
#include "modem/ask.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/output.h"
#include "modem/ctl/session.h"
#include "modem/identity.h"

namespace modem {

namespace {

std::string heading_of(const Question& question) {
  return question.what.empty() ? question.command : question.command + " (" + question.what + ")";
}

}  // namespace

base::Result<std::vector<IdentityEntry>> identify(Port& port, const conf::ModemProfile& profile,
                                                  base::StopSignals& stop) {
  std::vector<IdentityEntry> entries;
  const auto words = ask(port, {"ATV1\r", Final::ok, profile.command_timeout}, &stop);
  if (!words) return words.error();
  for (const auto& question : identity_questions(profile.identify)) {
    const auto answer = ask(port, {question.command + "\r", Final::ok, profile.command_timeout}, &stop);
    if (!answer) return answer.error();
    entries.push_back({question, information(question.command, *answer)});
    if (auto paused = base::pause(base::Deadline::after(profile.command_pause), &stop); !paused) return paused.error();
  }
  return entries;
}

nlohmann::json identity_json(const std::vector<IdentityEntry>& entries) {
  auto all = nlohmann::json::object();
  for (const auto& entry : entries)
    all[entry.question.name] = entry.lines.empty() ? nlohmann::json() : nlohmann::json(entry.lines);
  return all;
}

Rows identity_rows(const std::vector<IdentityEntry>& entries) {
  Rows rows;
  for (const auto& entry : entries) {
    for (std::size_t i = 0; i < entry.lines.size(); ++i)
      rows.emplace_back(i == 0 ? heading_of(entry.question) : "", entry.lines[i]);
  }
  return rows;
}

base::Result<void> identify_command(const CtlOptions& options) {
  return with_awake_modem(options, [&](Modem& modem, base::StopSignals& stop) -> base::Result<void> {
    const auto entries = identify(modem.port(), modem.profile(), stop);
    if (!entries) return entries.error();
    if (options.json) {
      print_json(identity_json(*entries));
    } else {
      print_rows(identity_rows(*entries));
    }
    return {};
  });
}

}  // namespace modem
