#include "modem/mobile_answer.h"

#include <algorithm>
#include <cstdint>

#include "base/bug.h"
#include "conf/text.h"

namespace modem {
namespace {

constexpr std::size_t least_serial = 8, most_serial = 24;  // an IMEI has 15 digits, an IMEISV 16
constexpr int no_signal = 99;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What stands between the commas, without blanks around it; commas within quotes are the names' own.
std::vector<std::string_view> fields_of(std::string_view value) {
  std::vector<std::string_view> fields;
  bool in_quotes = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    if (i < value.size() && value[i] == '"') in_quotes = !in_quotes;
    if (i < value.size() && (value[i] != ',' || in_quotes)) continue;
    fields.push_back(trimmed(value.substr(begin, i - begin)));
    begin = i + 1;
  }
  return fields;
}

constexpr std::uint64_t greatest_number = 999999;

std::optional<int> number(std::string_view text) {
  const auto value = conf::decimal(text);
  return value && *value <= greatest_number ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

}  // namespace

bool is_registered(Registration registration) {
  switch (registration) {
    case Registration::home:
    case Registration::roaming:
    case Registration::home_no_calls_preferred:
    case Registration::roaming_no_calls_preferred:
      return true;
    case Registration::idle:
    case Registration::searching:
    case Registration::denied:
    case Registration::unknown:
    case Registration::home_messages:
    case Registration::roaming_messages:
    case Registration::emergency:
      return false;
  }
  base::bug("is_registered: bad registration");
}

bool is_roaming(Registration registration) {
  return registration == Registration::roaming || registration == Registration::roaming_messages ||
         registration == Registration::roaming_no_calls_preferred;
}

std::string_view text_of(Registration registration) {
  switch (registration) {
    case Registration::idle:
      return "not registered and not searching";
    case Registration::home:
    case Registration::home_no_calls_preferred:
      return "in its home network";
    case Registration::searching:
      return "searching for a network";
    case Registration::denied:
      return "registration denied";
    case Registration::unknown:
      return "registration unknown";
    case Registration::roaming:
    case Registration::roaming_no_calls_preferred:
      return "in a foreign network";
    case Registration::home_messages:
    case Registration::roaming_messages:
      return "registered for short messages alone";
    case Registration::emergency:
      return "registered for emergency calls alone";
  }
  base::bug("text_of: bad registration");
}

std::optional<std::string> value_of(const Lines& lines, std::string_view name) {
  for (const std::string_view line : lines) {
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
      return std::string(trimmed(line.substr(name.size() + 1)));
  }
  return std::nullopt;
}

std::optional<std::string> sim_state(const Lines& lines) { return value_of(lines, "+CPIN"); }

std::optional<Registration> registration_of(const Lines& lines, std::string_view name) {
  const auto value = value_of(lines, name);
  if (!value) return std::nullopt;
  const auto fields = fields_of(*value);
  const auto stat = fields.size() < 2 ? std::nullopt : number(fields[1]);
  if (!stat || *stat > static_cast<int>(Registration::roaming_no_calls_preferred)) return std::nullopt;
  return static_cast<Registration>(*stat);
}

std::optional<int> signal_of(const Lines& lines) {
  auto value = value_of(lines, "+CSQ");
  if (!value) value = value_of(lines, "+CSQF");
  const auto level = value ? number(fields_of(*value)[0]) : std::nullopt;
  return level == no_signal ? std::nullopt : level;
}

std::string network_name(const Lines& lines) {
  const auto value = value_of(lines, "+COPS").value_or("");
  const auto begin = value.find('"');
  const auto end = value.find('"', begin + 1);
  return begin == std::string::npos || end == std::string::npos ? "" : value.substr(begin + 1, end - begin - 1);
}

std::optional<bool> is_attached(const Lines& lines) {
  const auto value = value_of(lines, "+CGATT");
  const auto state = value ? number(*value) : std::nullopt;
  return state ? std::optional(*state == 1) : std::nullopt;
}

std::optional<int> pin_attempts(const Lines& lines) {
  for (const auto& line : lines) {
    const auto value = value_of({line}, "+CPINR");
    const auto fields = fields_of(value ? std::string_view(*value) : std::string_view());
    if (fields.size() >= 2 && (fields[0] == "SIM PIN" || fields[0] == "\"SIM PIN\"")) return number(fields[1]);
  }
  return std::nullopt;
}

std::string serial_number(const Lines& lines) {
  for (const auto& line : lines) {
    const auto value = value_of({line}, "+CGSN");
    auto text = trimmed(value ? std::string_view(*value) : std::string_view(line));
    if (text.starts_with('"') && text.ends_with('"') && text.size() > 1) text = text.substr(1, text.size() - 2);
    const bool fits = text.size() >= least_serial && text.size() <= most_serial;
    if (fits && text.find_first_not_of("0123456789") == std::string_view::npos) return std::string(text);
  }
  return {};
}

}  // namespace modem
