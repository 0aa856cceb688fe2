#include "modem/register_dump.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "conf/text.h"

namespace modem {
namespace {

constexpr int last_common = 38;
constexpr auto others = std::to_array<int>({46, 48, 82, 86, 95});
constexpr auto of_calls = std::to_array<int>({1, 86});
constexpr int greatest_register = 255;
constexpr std::string_view settings_word = "&V";

constexpr auto make_registers() {
  std::array<int, last_common + 1 + others.size()> all{};
  for (int i = 0; i <= last_common; ++i) all[static_cast<std::size_t>(i)] = i;
  std::copy(others.begin(), others.end(), all.begin() + last_common + 1);
  return all;
}
constexpr auto registers = make_registers();

// The text as write_dump() leaves it.
RegisterDump as_written(const RegisterDump& dump) {
  RegisterDump out;
  for (const auto& [number, value] : dump.registers) out.registers[number] = base::escape(value);
  for (const auto& line : dump.settings) out.settings.push_back(base::escape(line));
  return out;
}

std::string register_line(int number, const std::string& value) { return "S" + std::to_string(number) + " " + value; }

std::string settings_line(const std::string& line) { return std::string(settings_word) + " " + line; }

// What one has and the other has not, however often each has it.
std::vector<std::string> missing(std::vector<std::string> from, const std::vector<std::string>& in) {
  for (const auto& line : in) {
    const auto found = std::find(from.begin(), from.end(), line);
    if (found != from.end()) from.erase(found);
  }
  return from;
}

}  // namespace

std::span<const int> dumped_registers() { return registers; }

std::string write_dump(const RegisterDump& dump) {
  const auto written = as_written(dump);
  std::string text = "# settings of a modem, by modemctl dump\n";
  for (const auto& [number, value] : written.registers) text += register_line(number, value) + "\n";
  for (const auto& line : written.settings) text += settings_line(line) + "\n";
  return text;
}

base::Result<RegisterDump> parse_dump(std::string_view text, const std::string& file) {
  RegisterDump dump;
  for (const auto& line : conf::numbered_lines(text)) {
    if (line.text.empty() || line.text.starts_with('#')) continue;
    const auto blank = std::min(line.text.find(' '), line.text.size());
    const auto word = line.text.substr(0, blank);
    const std::string value(line.text.substr(std::min(blank + 1, line.text.size())));
    if (word == settings_word) {
      dump.settings.push_back(value);
      continue;
    }
    const auto number = word.starts_with('S') ? conf::decimal(word.substr(1)) : std::nullopt;
    if (!number || *number > greatest_register)
      return conf::fault(file, line.number, "neither a register, as `S7 050`, nor a line of &V");
    dump.registers[static_cast<int>(*number)] = value;
  }
  return dump;
}

std::vector<std::string> differences(const RegisterDump& before, const RegisterDump& now) {
  const auto is = as_written(now);
  std::vector<std::string> out;
  for (const int number : registers) {
    if (std::find(of_calls.begin(), of_calls.end(), number) != of_calls.end()) continue;
    const auto was_found = before.registers.find(number);
    const auto is_found = is.registers.find(number);
    const bool was_there = was_found != before.registers.end();
    const bool is_there = is_found != is.registers.end();
    if (was_there && is_there && was_found->second == is_found->second) continue;
    if (was_there) out.push_back("- " + register_line(number, was_found->second));
    if (is_there) out.push_back("+ " + register_line(number, is_found->second));
  }
  for (const auto& line : missing(before.settings, is.settings)) out.push_back("- " + settings_line(line));
  for (const auto& line : missing(is.settings, before.settings)) out.push_back("+ " + settings_line(line));
  return out;
}

}  // namespace modem
