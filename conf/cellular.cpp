#include "conf/cellular.h"

#include <algorithm>

namespace conf {
namespace {

constexpr std::size_t max_apn_bytes = 100;     // 3GPP TS 23.003 §9.1
constexpr std::size_t max_network_bytes = 64;  // names are much shorter, codes have 6 digits
constexpr std::size_t max_bearer_bytes = 16;
constexpr int greatest_context = 24;  // of the modems that there are; 27.007 leaves it to them

bool is_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

// What stands between quotes of a command: none of it may end them.
bool is_quotable(std::string_view text, std::size_t max_bytes) {
  return text.size() <= max_bytes &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

bool is_bearer(std::string_view text) {
  return text.size() <= max_bearer_bytes && text.find_first_not_of("0123456789,") == std::string_view::npos;
}

}  // namespace

bool is_network_code(std::string_view text) { return (text.size() == 5 || text.size() == 6) && is_digits(text); }

CellularProfile read_cellular(TomlTable& table) {
  CellularProfile cellular;
  const auto pin_file = table.text("pin_file");
  cellular.pin_file = pin_file.value_or("");
  if (pin_file && pin_file->empty()) table.complain("pin_file", "names no file");
  cellular.roaming = table.boolean("roaming").value_or(cellular.roaming);
  cellular.network = table.text("operator").value_or("");
  if (!is_quotable(cellular.network, max_network_bytes))
    table.complain("operator", "is neither a network's name nor its code of 5 or 6 digits");
  cellular.apn = table.text("apn").value_or("");
  if (!is_quotable(cellular.apn, max_apn_bytes)) table.complain("apn", "is no name of an access point");
  cellular.pdp_type = table.choice("pdp_type", {"IP", "IPV6", "IPV4V6", "PPP"}).value_or(cellular.pdp_type);
  if (const auto context = table.integer("context", 1, greatest_context)) cellular.context = static_cast<int>(*context);
  cellular.bearer = table.text("bearer").value_or("");
  if (!is_bearer(cellular.bearer)) table.complain("bearer", "must be the numbers of +CBST, as \"7,0,1\"");
  if (const auto least = table.integer("min_signal", 0, greatest_signal))
    cellular.min_signal = static_cast<int>(*least);
  for (const auto& [key, into] :
       {std::pair{"registration_timeout", &cellular.registration_timeout}, std::pair{"poll", &cellular.poll}}) {
    if (const auto value = table.duration(key)) *into = *value;
  }
  if (cellular.poll.count() == 0) table.complain("poll", "must be more than nothing");
  return cellular;
}

}  // namespace conf
