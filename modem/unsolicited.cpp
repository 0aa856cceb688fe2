#include "modem/unsolicited.h"

#include <algorithm>
#include <array>
#include <string>

#include "conf/text.h"

namespace modem {
namespace {

using namespace std::string_view_literals;

constexpr auto hardware_failure = "HARDWARE FAILURE"sv;

// What 3GPP TS 27.007 and 27.005 have modems say unasked; RING and +CRING are result codes.
constexpr auto reports = std::to_array<std::string_view>(
    {"+CREG",   "+CGREG", "+CEREG", "+C5GREG", "+CPIN", "+CMT",   "+CMTI",  "+CBM",     "+CBMI",  "+CDS",  "+CDSI",
     "+CUSD",   "+CLIP",  "+CCWA",  "+COLP",   "+CSSI", "+CSSU",  "+CIEV",  "+CGEV",    "+CGREV", "+CTZV", "+CTZE",
     "+CTZDST", "+CSQ",   "+CPSI",  "+CALV",   "+CCCM", "+CAOCM", "+PACSP", "+SBDRING", "+AREG",  "+COPS"});

constexpr auto registrations = std::to_array<std::string_view>({"+CREG", "+CGREG", "+CEREG", "+C5GREG"});

// When a modem or its card has started up; each maker has his own.
constexpr auto start_ups = std::to_array<std::string_view>(
    {"rdy", "start", "call ready", "sms ready", "sms done", "pb done", "pbready", "sim ready", "normal power down",
     "under-voltage warning", "over-voltage warning", "app rdy"});

template <class Table>
bool contains(const Table& table, std::string_view word) {
  return std::ranges::find(table, word) != table.end();
}

// "+CREG" of "+CREG: 1"; empty where the line does not begin so.
std::string_view name_of(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || "+^*%#$!_"sv.find(line.front()) == std::string_view::npos) return {};
  const auto name = line.substr(0, colon);
  const bool is_word = std::all_of(name.begin() + 1, name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+';
  });
  return is_word && name.size() > 1 ? name : std::string_view();
}

// +CREG: 0,1 and what follows; the report has its number alone, or the area and the cell in quotes behind it.
bool is_registration_answer(std::string_view line) {
  auto rest = line.substr(line.find(':') + 1);
  const auto comma = rest.find(',');
  if (comma == std::string_view::npos) return false;
  rest.remove_prefix(comma + 1);
  rest = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  // A satellite's has three digits (+CREG:000,001), an area without quotes, as some have it, four.
  return !rest.empty() && rest.size() <= 3 && rest.find_first_not_of("0123456789 ") == std::string_view::npos;
}

bool asks_for(std::string_view command, std::string_view name) {
  for (auto at = command.find(name); at != std::string_view::npos; at = command.find(name, at + 1)) {
    const auto end = at + name.size();
    if (end == command.size() || "?=;"sv.find(command[end]) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

bool is_hardware_failure(std::string_view line) { return line.starts_with(hardware_failure); }

bool is_unsolicited(std::string_view line, std::string_view command) {
  if (is_hardware_failure(line)) return true;
  const auto asked = conf::lower(command);
  // A listing of all settings may hold any name.
  if (line.empty() || asked.find("&v") != std::string::npos) return false;
  const auto name = name_of(line);
  if (name.empty()) return contains(start_ups, conf::lower(line));
  const bool is_makers = line.front() != '+';
  if (asks_for(asked, conf::lower(name))) return contains(registrations, name) && !is_registration_answer(line);
  return is_makers || contains(reports, name);
}

}  // namespace modem
