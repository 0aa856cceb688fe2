#include "conf/link_command.h"

#include "conf/text.h"

namespace conf {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_interface_bytes = 15;  // IFNAMSIZ less one

LimitedProgram read_program(TomlTable& table, const std::string& key, const std::string& limit_key, Need need,
                            milliseconds usual) {
  LimitedProgram program;
  program.limit = usual;
  if (auto argv = table.texts(key, need)) {
    if (argv->empty() || !argv->front().starts_with('/')) {
      table.complain(key, "is no list of a program's path, which begins with a slash, and its arguments");
    }
    program.argv = std::move(*argv);
  }
  if (const auto limit = table.duration(limit_key)) {
    if (*limit <= milliseconds(0)) table.complain(limit_key, "is no time that a program could be given");
    program.limit = *limit;
  }
  return program;
}

}  // namespace

CommandSettings read_command(TomlTable& table) {
  using namespace std::chrono_literals;
  CommandSettings settings;
  settings.up = read_program(table, "up", "up_limit", Need::required, 120s);
  settings.down = read_program(table, "down", "down_limit", Need::required, 60s);
  settings.probe = read_program(table, "probe", "probe_limit", Need::optional, 10s);
  if (auto interface = table.text("interface")) {
    const bool fits = !interface->empty() && interface->size() <= max_interface_bytes &&
                      interface->find_first_of("/ ") == std::string::npos && *interface != "." && *interface != "..";
    if (!fits) table.complain("interface", "is no interface's name");
    settings.interface = std::move(*interface);
  }
  return settings;
}

LimitedProgram read_hook(TomlTable& table) {
  return read_program(table, "program", "limit", Need::required, std::chrono::minutes(1));
}

}  // namespace conf
