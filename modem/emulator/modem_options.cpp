#include "modem/emulator/modem_options.h"

#include <algorithm>
#include <array>
#include <optional>

#include "conf/cellular.h"
#include "conf/text.h"

namespace emulator {
namespace {

constexpr std::uint64_t greatest_seconds = 86400;
constexpr std::uint64_t greatest_signal = 31;
constexpr std::uint64_t greatest_satellite_signal = 5;
constexpr std::size_t max_network_bytes = 32;
constexpr std::size_t least_pin = 4, greatest_pin = 8;

struct NamedPersonality {
  std::string_view name;
  Personality personality;
};
constexpr std::array personalities{
    NamedPersonality{"hayes", Personality::hayes}, NamedPersonality{"ties", Personality::ties},
    NamedPersonality{"3gpp", Personality::cellular}, NamedPersonality{"iridium", Personality::iridium}};

constexpr std::array<std::string_view, 6> registrations{"idle", "home", "searching", "denied", "unknown", "roaming"};

base::Failure no_such(const std::string& what, const std::string& value) {
  return base::permanent("no such " + what + ": " + value);
}

bool is_pin(std::string_view text) {
  return text.size() >= least_pin && text.size() <= greatest_pin &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Each takes the value of its key; false: it is none.
using Take = bool (*)(const std::string& value, MobileOptions& mobile);

bool take_seconds(const std::string& value, Time& into) {
  const auto seconds = conf::decimal(value);
  if (!seconds || *seconds > greatest_seconds) return false;
  into = std::chrono::seconds(*seconds);
  return true;
}

struct Key {
  std::string_view name;
  Take take;
};
constexpr std::array keys{
    Key{"sim",
        [](const std::string& value, MobileOptions& mobile) {
          mobile.sim.there = value == "yes";
          return value == "yes" || value == "no";
        }},
    Key{"pin",
        [](const std::string& value, MobileOptions& mobile) {
          mobile.sim.pin = value;
          return is_pin(value);
        }},
    Key{"puk",
        [](const std::string& value, MobileOptions& mobile) {
          mobile.sim.puk = value;
          return is_pin(value);
        }},
    Key{"registration",
        [](const std::string& value, MobileOptions& mobile) {
          const auto* found = std::find(registrations.begin(), registrations.end(), value);
          mobile.registration = static_cast<int>(found - registrations.begin());
          return found != registrations.end();
        }},
    Key{"after",
        [](const std::string& value, MobileOptions& mobile) { return take_seconds(value, mobile.registers_after); }},
    Key{"signal",
        [](const std::string& value, MobileOptions& mobile) {
          const auto level = conf::decimal(value);
          if (!level || *level > (mobile.satellite ? greatest_satellite_signal : greatest_signal)) return false;
          mobile.signal = static_cast<int>(*level);
          return true;
        }},
    Key{"signal-time",
        [](const std::string& value, MobileOptions& mobile) { return take_seconds(value, mobile.signal_takes); }},
    Key{"network",
        [](const std::string& value, MobileOptions& mobile) {
          mobile.network = value;
          return value.size() <= max_network_bytes &&
                 std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"'; });
        }},
    Key{"code",
        [](const std::string& value, MobileOptions& mobile) {
          mobile.code = value;
          return conf::is_network_code(value);
        }},
    Key{"restart",
        [](const std::string& value, MobileOptions& mobile) { return take_seconds(value, mobile.restart_takes); }},
};

}  // namespace

base::Result<void> read_personality(const std::string& value, DceOptions& dce) {
  const auto* found = std::find_if(personalities.begin(), personalities.end(),
                                   [&](const NamedPersonality& one) { return one.name == value; });
  if (found == personalities.end()) return no_such("personality", value);
  dce.personality = found->personality;
  dce.mobile = dce.personality == Personality::iridium ? MobileOptions::iridium() : MobileOptions{};
  return {};
}

base::Result<void> read_cellular(const std::string& value, DceOptions& dce) {
  if (dce.personality != Personality::cellular && dce.personality != Personality::iridium) {
    return base::permanent("the modem is neither 3gpp nor iridium");
  }
  for (std::size_t at = 0; at <= value.size();) {
    const auto end = std::min(value.find(',', at), value.size());
    const std::string word = value.substr(at, end - at);
    const auto equals = std::min(word.find('='), word.size());
    const auto* key =
        std::find_if(keys.begin(), keys.end(), [&](const Key& one) { return one.name == word.substr(0, equals); });
    if (key == keys.end() || equals == word.size()) return no_such("key", word);
    if (!key->take(word.substr(equals + 1), dce.mobile)) return base::permanent("no value for it: " + word);
    at = end + 1;
  }
  return {};
}

base::Result<void> read_line_length(const std::string& value, DceOptions& dce) {
  const auto length = conf::decimal(value);
  if (!length || *length == 0 || *length > max_command_bytes) {
    return base::permanent("no number from 1 to " + std::to_string(max_command_bytes) + ": " + value);
  }
  dce.line_bytes = static_cast<std::size_t>(*length);
  return {};
}

base::Result<void> read_classes(const std::string& value, DceOptions& dce) {
  if (value.empty() || value.find_first_not_of("0123456789.,") != std::string::npos) return no_such("class", value);
  dce.classes = value;
  return {};
}

}  // namespace emulator
