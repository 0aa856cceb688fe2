#include "modem/ctl/output.h"

#include <algorithm>
#include <array>
#include <iostream>

#include "base/log.h"

namespace modem {

namespace {

using Named = std::pair<const char*, bool>;

std::array<Named, 6> named(const ModemLines& lines) {
  return {Named{"dtr", lines.dtr}, {"rts", lines.rts}, {"cts", lines.cts},
          {"dsr", lines.dsr},      {"dcd", lines.dcd}, {"ri", lines.ri}};
}

}  // namespace

void print_json(const nlohmann::json& value) {
  std::cout << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_rows(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& [name, text] : rows) width = std::max(width, name.size());
  for (const auto& [name, text] : rows)
    std::cout << name << std::string(width - name.size() + 2, ' ') << base::escape(text) << '\n';
}

std::string lines_text(const ModemLines& lines) {
  std::string text;
  for (const auto& [name, on] : named(lines)) {
    if (!on) continue;
    if (!text.empty()) text += ' ';
    for (const char* c = name; *c; ++c) text += static_cast<char>(*c - 'a' + 'A');
  }
  return text;
}

nlohmann::json lines_json(const ModemLines& lines) {
  nlohmann::json all;
  for (const auto& [name, on] : named(lines)) all[name] = on;
  return all;
}

std::string holder_text(const LockHolder& holder) {
  return (holder.alive ? "held by " : "stale lock of ") +
         (holder.program.empty() ? "a program" : base::escape(holder.program)) + " (pid " + std::to_string(holder.pid) +
         "): " + holder.file;
}

nlohmann::json holder_json(const LockHolder& holder) {
  return {{"pid", holder.pid}, {"program", holder.program}, {"file", holder.file}, {"alive", holder.alive}};
}

}  // namespace modem
