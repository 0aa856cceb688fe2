#include "modem/mobile_error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace modem {
namespace {

struct Entry {
  unsigned number;
  Retry retry;
  std::string_view text;  // as +CMEE=2 has it
  std::string_view advice;
};

constexpr std::string_view wait = "nothing but wait";
constexpr std::string_view command_advice = "correct the profile's commands, or the chat script";
constexpr std::string_view sim_advice = "look at the SIM: is it in its place, and the right one?";
constexpr std::string_view pin_advice = "name the PIN's file as pin_file in the profile's [cellular]";
constexpr std::string_view puk_advice = "put the SIM into a telephone and give its PUK and a new PIN there";
constexpr std::string_view lock_advice = "the modem takes only certain SIMs: ask whoever sold it for its unlock code";
constexpr std::string_view subscription_advice = "ask the network's operator what the subscription allows";

constexpr auto equipment_errors = std::to_array<Entry>({
    {0, Retry::stop, "phone failure", "switch the modem off and on"},
    {1, Retry::stop, "no connection to phone", "switch the modem off and on"},
    {2, Retry::stop, "phone-adaptor link reserved", "switch the modem off and on"},
    {cme::not_allowed, Retry::stop, "operation not allowed", command_advice},
    {cme::not_supported, Retry::stop, "operation not supported", command_advice},
    {5, Retry::stop, "PH-SIM PIN required", lock_advice},
    {6, Retry::stop, "PH-FSIM PIN required", lock_advice},
    {7, Retry::stop, "PH-FSIM PUK required", lock_advice},
    {cme::no_sim, Retry::stop, "SIM not inserted", sim_advice},
    {cme::pin_required, Retry::stop, "SIM PIN required", pin_advice},
    {cme::puk_required, Retry::stop, "SIM PUK required", puk_advice},
    {13, Retry::stop, "SIM failure", sim_advice},
    {cme::sim_busy, Retry::soon, "SIM busy", wait},
    {15, Retry::stop, "SIM wrong", sim_advice},
    {cme::wrong_password, Retry::stop, "incorrect password", "correct the PIN in pin_file"},
    {17, Retry::stop, "SIM PIN2 required", sim_advice},
    {18, Retry::stop, "SIM PUK2 required", sim_advice},
    {20, Retry::stop, "memory full", command_advice},
    {21, Retry::stop, "invalid index", command_advice},
    {22, Retry::stop, "not found", command_advice},
    {23, Retry::stop, "memory failure", command_advice},
    {24, Retry::stop, "text string too long", command_advice},
    {25, Retry::stop, "invalid characters in text string", command_advice},
    {26, Retry::stop, "dial string too long", "correct the number"},
    {27, Retry::stop, "invalid characters in dial string", "correct the number"},
    {30, Retry::later, "no network service", wait},
    {31, Retry::later, "network timeout", wait},
    {32, Retry::stop, "network not allowed - emergency calls only", subscription_advice},
    {40, Retry::stop, "network personalization PIN required", lock_advice},
    {41, Retry::stop, "network personalization PUK required", lock_advice},
    {42, Retry::stop, "network subset personalization PIN required", lock_advice},
    {43, Retry::stop, "network subset personalization PUK required", lock_advice},
    {44, Retry::stop, "service provider personalization PIN required", lock_advice},
    {45, Retry::stop, "service provider personalization PUK required", lock_advice},
    {46, Retry::stop, "corporate personalization PIN required", lock_advice},
    {47, Retry::stop, "corporate personalization PUK required", lock_advice},
    {48, Retry::stop, "hidden key required", lock_advice},
    {50, Retry::stop, "incorrect parameters", command_advice},
    {100, Retry::soon, "unknown", "if it stays, switch the modem off and on"},  // the next call resets the modem
    {103, Retry::stop, "illegal MS", subscription_advice},
    {106, Retry::stop, "illegal ME", subscription_advice},
    {107, Retry::stop, "GPRS services not allowed", subscription_advice},
    {111, Retry::stop, "PLMN not allowed", subscription_advice},
    {112, Retry::stop, "location area not allowed", subscription_advice},
    {113, Retry::stop, "roaming not allowed in this location area", subscription_advice},
    {132, Retry::stop, "service option not supported", subscription_advice},
    {133, Retry::stop, "requested service option not subscribed", subscription_advice},
    {134, Retry::later, "service option temporarily out of order", wait},
    {148, Retry::later, "unspecified GPRS error", "if it stays, check the profile's apn"},
    {149, Retry::stop, "PDP authentication failure", "check the apn, and the user and password that it wants"},
    {150, Retry::stop, "invalid mobile class", command_advice},
});

constexpr auto message_errors = std::to_array<Entry>({
    {41, Retry::later, "temporary failure", wait},
    {42, Retry::later, "congestion", wait},
    {47, Retry::later, "resources unavailable, unspecified", wait},
    {300, Retry::stop, "ME failure", "switch the modem off and on"},
    {301, Retry::stop, "SMS service of ME reserved", command_advice},
    {302, Retry::stop, "operation not allowed", command_advice},
    {303, Retry::stop, "operation not supported", command_advice},
    {304, Retry::stop, "invalid PDU mode parameter", command_advice},
    {305, Retry::stop, "invalid text mode parameter", command_advice},
    {310, Retry::stop, "SIM not inserted", sim_advice},
    {311, Retry::stop, "SIM PIN required", pin_advice},
    {312, Retry::stop, "PH-SIM PIN required", lock_advice},
    {313, Retry::stop, "SIM failure", sim_advice},
    {314, Retry::soon, "SIM busy", wait},
    {315, Retry::stop, "SIM wrong", sim_advice},
    {316, Retry::stop, "SIM PUK required", puk_advice},
    {317, Retry::stop, "SIM PIN2 required", sim_advice},
    {318, Retry::stop, "SIM PUK2 required", sim_advice},
    {320, Retry::stop, "memory failure", command_advice},
    {321, Retry::stop, "invalid memory index", command_advice},
    {322, Retry::stop, "memory full", "remove messages from the SIM"},
    {330, Retry::stop, "SMSC address unknown", subscription_advice},
    {331, Retry::later, "no network service", wait},
    {332, Retry::later, "network timeout", wait},
    {340, Retry::stop, "no +CNMA acknowledgement expected", command_advice},
    {500, Retry::soon, "unknown error", "if it stays, switch the modem off and on"},
});

// 27.005 §3.2.5: 24.011's causes, which the network gives, and 23.040's, which the far end gives.
constexpr unsigned last_network_cause = 127, last_transport_cause = 255;

// Makers differ in capitals, hyphens and the spelling of personalization.
std::string comparable(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters += c == 'z' ? 's' : c;
  }
  return letters;
}

template <class Table>
const Entry* find(const Table& table, unsigned number) {
  const auto found = std::ranges::find(table, number, &Entry::number);
  return found == table.end() ? nullptr : &*found;
}

template <class Table>
std::optional<unsigned> number_of(const Table& table, std::string_view detail) {
  const auto begin = detail.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  detail = detail.substr(begin, detail.find_last_not_of(' ') - begin + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(detail.data(), detail.data() + detail.size(), number);
  if (error == std::errc() && end == detail.data() + detail.size()) return number;
  const auto text = comparable(detail);
  const auto found = std::ranges::find(table, text, [](const Entry& entry) { return comparable(entry.text); });
  return found == table.end() ? std::nullopt : std::optional(found->number);
}

Trouble trouble_of_entry(const Entry& entry) {
  return {entry.retry, std::string(entry.text), std::string(entry.advice), 0};
}

Trouble unknown_error(const MobileError& error) {
  constexpr auto look_up = "look it up in the modem's manual: SIM, PIN or subscription";
  if (!error.number) return {Retry::stop, "the modem or its network refused", look_up, 0};
  const auto number = *error.number;
  std::string who = "the modem or its network refused";
  if (error.family == ErrorFamily::message && number <= last_transport_cause)
    who = number <= last_network_cause ? "the network refused" : "the far end refused";
  return {Retry::stop, who + " with error " + std::to_string(number), look_up, 0};
}

}  // namespace

std::optional<MobileError> parse_mobile_error(std::string_view line) {
  static constexpr std::string_view equipment = "+CME ERROR:", message = "+CMS ERROR:";
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.starts_with(equipment))
    return MobileError{ErrorFamily::equipment, number_of(equipment_errors, line.substr(equipment.size()))};
  if (line.starts_with(message))
    return MobileError{ErrorFamily::message, number_of(message_errors, line.substr(message.size()))};
  return std::nullopt;
}

Trouble trouble_of(const MobileError& error) {
  const Entry* entry = nullptr;
  if (error.number && error.family == ErrorFamily::equipment) entry = find(equipment_errors, *error.number);
  if (error.number && error.family == ErrorFamily::message) entry = find(message_errors, *error.number);
  return entry != nullptr ? trouble_of_entry(*entry) : unknown_error(error);
}

}  // namespace modem
