#include "pppctl/ppp/pppd_log.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "conf/text.h"

namespace pppctl::ppp {
namespace {

constexpr std::size_t max_interface = 15;  // IFNAMSIZ less one
constexpr std::size_t max_address = 45;    // INET6_ADDRSTRLEN less one
constexpr double longest_minutes = 1e6;

using Hear = void (*)(LinkState&, std::string_view line, std::string_view rest);

std::string first_word(std::string_view text) {
  const auto words = conf::words_of(text);
  return words.empty() ? std::string() : std::string(words.front());
}

std::string address_in(std::string_view text) {
  const auto word = first_word(text);
  const bool fits =
      word.size() <= max_address && word.find_first_not_of("0123456789abcdefABCDEF.:") == std::string::npos;
  return fits ? word : std::string();
}

std::string interface_in(std::string_view text) {
  const auto word = first_word(text);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return word.size() <= max_interface && std::all_of(word.begin(), word.end(), allowed) ? word : std::string();
}

// Challenges come again while the network is up.
void advance(LinkState& state, LinkPhase phase) {
  if (state.phase < phase) state.phase = phase;
}

// The first reason is the cause; what follows are its consequences.
void keep_end(LinkState& state, std::string_view line) {
  state.phase = LinkPhase::terminate;
  if (state.end.empty()) state.end = line;
}

std::optional<std::uint64_t> number_at(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return {};
  return value;
}

// "Sent 1234 bytes, received 567 bytes."
void hear_octets(LinkState& state, std::string_view, std::string_view rest) {
  constexpr std::string_view between = " bytes, received ";
  const auto at = rest.find(between);
  if (at == std::string_view::npos) return;
  state.sent = number_at(rest);
  state.received = number_at(rest.substr(at + between.size()));
}

// "Connect time 12.3 minutes."
void hear_time(LinkState& state, std::string_view line, std::string_view rest) {
  if (rest.starts_with("expired")) return keep_end(state, line);
  double minutes = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), minutes);
  if (error != std::errc() || !(minutes >= 0) || minutes > longest_minutes) return;
  constexpr double ms_a_minute = 60000;
  state.up_for = std::chrono::milliseconds(static_cast<std::int64_t>(minutes * ms_a_minute));
}

void hear_end(LinkState& state, std::string_view line, std::string_view) { keep_end(state, line); }
void hear_silence(LinkState& state, std::string_view line, std::string_view) {
  state.is_silent = state.is_silent || state.end.empty();
  keep_end(state, line);
}
void hear_trouble(LinkState& state, std::string_view line, std::string_view) { state.trouble = line; }
void hear_refusal(LinkState& state, std::string_view line, std::string_view) {
  state.trouble = line;
  keep_end(state, line);
}

struct Sentence {
  std::string_view begins;
  Hear hear;
};

// pppd's own sentences, some with a name for the authentication behind the first word.
constexpr std::array sentences{
    Sentence{"Serial port initialized.", [](LinkState&, std::string_view, std::string_view) {}},
    Sentence{"Using interface ",
             [](LinkState& state, std::string_view, std::string_view rest) { state.interface = interface_in(rest); }},
    Sentence{"Connect: ",
             [](LinkState& state, std::string_view, std::string_view rest) {
               advance(state, LinkPhase::establish);
               state.interface = interface_in(rest);
             }},
    Sentence{"PAP authentication succeeded",
             [](LinkState& state, std::string_view, std::string_view) { advance(state, LinkPhase::authenticate); }},
    Sentence{"CHAP authentication succeeded",
             [](LinkState& state, std::string_view, std::string_view) { advance(state, LinkPhase::authenticate); }},
    Sentence{"EAP authentication succeeded",
             [](LinkState& state, std::string_view, std::string_view) { advance(state, LinkPhase::authenticate); }},
    Sentence{"local  IP address ",
             [](LinkState& state, std::string_view, std::string_view rest) {
               advance(state, LinkPhase::network);
               state.local_ip = address_in(rest);
             }},
    Sentence{"remote IP address ",
             [](LinkState& state, std::string_view, std::string_view rest) { state.remote_ip = address_in(rest); }},
    Sentence{"primary   DNS address ",
             [](LinkState& state, std::string_view, std::string_view rest) { state.dns[0] = address_in(rest); }},
    Sentence{"secondary DNS address ",
             [](LinkState& state, std::string_view, std::string_view rest) { state.dns[1] = address_in(rest); }},
    Sentence{"PAP authentication failed", hear_refusal},
    Sentence{"CHAP authentication failed", hear_refusal},
    Sentence{"EAP authentication failed", hear_refusal},
    Sentence{"No response to ", hear_silence},
    Sentence{"Serial link appears to be disconnected", hear_end},
    Sentence{"Terminating connection due to lack of activity", hear_end},
    Sentence{"Modem hangup", hear_end},
    Sentence{"LCP terminated by peer", hear_end},
    Sentence{"Terminating on signal ", hear_end},
    Sentence{"Hangup (SIGHUP)", hear_end},
    Sentence{"Serial line is looped back", hear_end},
    Sentence{"Serial line is not 8 bit clean", hear_trouble},
    Sentence{"LCP: timeout sending Config-Requests", hear_refusal},
    Sentence{"IPCP: timeout sending Config-Requests", hear_refusal},
    Sentence{"Peer refused to agree to ", hear_refusal},
    Sentence{"Could not determine ", hear_refusal},
    Sentence{"No network protocols running", hear_end},
    Sentence{"peer refused to authenticate", hear_refusal},
    Sentence{"Peer is not authorized ", hear_refusal},
    Sentence{"No secret found for ", hear_trouble},
    Sentence{"No auth is possible", hear_trouble},
    Sentence{"Connect script failed", hear_refusal},
    Sentence{"Initializer script failed", hear_refusal},
    Sentence{"Device ", hear_trouble},
    Sentence{"Failed to ", hear_trouble},
    Sentence{"Couldn't ", hear_trouble},
    Sentence{"Can't ", hear_trouble},
    Sentence{"Cannot ", hear_trouble},
    Sentence{"This system lacks kernel support for PPP", hear_trouble},
    Sentence{"not replacing default route", hear_trouble},
    Sentence{"not replacing existing default route", hear_trouble},
    Sentence{"Connect time ", hear_time},
    Sentence{"Sent ", hear_octets},
};

// "/usr/sbin/pppd: In file /etc/ppp/peers/x: unrecognized option 'y'": what pppd says of its options goes to standard
// error.
std::optional<std::string_view> option_error(std::string_view line) {
  constexpr std::string_view name = "pppd: ";
  const auto at = line.find(name);
  if (at == std::string_view::npos || (at > 0 && line[at - 1] != '/')) return {};
  return line.substr(at + name.size());
}

}  // namespace

void PppdLog::hear(std::string_view line) {
  line = line.substr(0, max_log_line);
  for (const auto& sentence : sentences) {
    if (!line.starts_with(sentence.begins)) continue;
    sentence.hear(state_, line, line.substr(sentence.begins.size()));
    return;
  }
  if (const auto error = option_error(line)) state_.trouble = *error;
}

}  // namespace pppctl::ppp
