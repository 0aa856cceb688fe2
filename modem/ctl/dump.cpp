#include <filesystem>
#include <iostream>

#include "base/directory.h"
#include "base/log.h"
#include "modem/ask.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/output.h"
#include "modem/ctl/session.h"
#include "modem/identity.h"
#include "modem/register_dump.h"

namespace modem {
namespace {

constexpr int differ = 1;

base::Result<std::vector<std::string>> ask_for(Modem& modem, const std::string& command, base::StopSignals& stop) {
  const auto& profile = modem.profile();
  const auto answer = ask(modem.port(), {command + "\r", Final::ok, profile.command_timeout}, &stop);
  if (!answer) return answer.error();
  if (auto paused = base::pause(base::Deadline::after(profile.command_pause), &stop); !paused) return paused.error();
  return information(command, *answer);
}

base::Result<RegisterDump> read_registers(const CtlOptions& options) {
  RegisterDump dump;
  auto done = with_awake_modem(options, [&](Modem& modem, base::StopSignals& stop) -> base::Result<void> {
    if (auto words = ask_for(modem, "ATV1", stop); !words) return words.error();
    for (const int number : dumped_registers()) {
      const auto lines = ask_for(modem, "ATS" + std::to_string(number) + "?", stop);
      if (!lines) return lines.error();
      if (!lines->empty()) dump.registers[number] = lines->front();
    }
    auto settings = ask_for(modem, "AT&V", stop);
    if (!settings) return settings.error();
    dump.settings = std::move(*settings);
    return {};
  });
  if (!done) return done.error();
  return dump;
}

base::Result<void> write_file(const std::string& path, const std::string& text) {
  const std::filesystem::path file(path);
  const auto folder = base::Directory::open(file.has_parent_path() ? file.parent_path().string() : ".");
  if (!folder) return folder.error();
  // A new file takes the name's place: a device, or what a link leads to, must not be lost by that.
  const auto there = folder->stat(file.filename().string());
  if (there && !S_ISREG(there->st_mode))
    return base::permanent("--output: " + base::escape(path) + " is there, and no regular file");
  return base::replace_file(*folder, file.filename().string(), text);
}

}  // namespace

base::Result<void> dump_command(const CtlOptions& options) {
  const auto dump = read_registers(options);
  if (!dump) return dump.error();
  if (!options.output.empty()) return write_file(options.output, write_dump(*dump));
  if (!options.json) {
    std::cout << write_dump(*dump);
    return {};
  }
  auto registers = nlohmann::json::object();
  for (const auto& [number, value] : dump->registers) registers["S" + std::to_string(number)] = value;
  print_json({{"registers", registers}, {"settings", dump->settings}});
  return {};
}

base::Result<int> compare_command(const CtlOptions& options) {
  const auto text = base::read_file(options.words.front(), max_dump_bytes);
  if (!text) return text.error().error == ENOENT ? base::permanent(text.error().text) : text.error();
  const auto before = parse_dump(*text, options.words.front());
  if (!before) return before.error();
  const auto now = read_registers(options);
  if (!now) return now.error();
  const auto found = differences(*before, *now);
  if (options.json) {
    print_json(found);
  } else {
    for (const auto& line : found) std::cout << line << '\n';
  }
  return found.empty() ? 0 : differ;
}

}  // namespace modem
