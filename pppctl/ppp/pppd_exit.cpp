#include "pppctl/ppp/pppd_exit.h"

#include <string.h>

#include <array>
#include <string_view>

namespace pppctl::ppp {
namespace {

using modem::Retry;

struct Meaning {
  PppdStatus status;
  Retry retry;
  std::string_view text;
  std::string_view advice;
};

// In the order of the numbers.
constexpr std::array<Meaning, last_status + 1> meanings{{
    {PppdStatus::ok, Retry::soon, "the peer has ended the link", ""},
    {PppdStatus::fatal_error, Retry::later, "pppd met a fatal error", "the system's log has more"},
    {PppdStatus::option_error, Retry::stop, "pppd refuses its options",
     "see [ppp] options in the link's profile and /etc/ppp/options"},
    {PppdStatus::not_root, Retry::stop, "pppd is not set-uid root and was not started by root",
     "as root: chown root:dip and chmod 4754 on pppd, and be in the group dip"},
    {PppdStatus::no_kernel_support, Retry::stop, "the kernel has no PPP driver",
     "modprobe ppp_async, and see that /dev/ppp is there"},
    {PppdStatus::user_request, Retry::soon, "somebody has ended pppd by a signal", ""},
    {PppdStatus::lock_failed, Retry::soon, "pppd found the port locked", "see who holds it: modemctl lock"},
    {PppdStatus::open_failed, Retry::later, "pppd cannot open the port",
     "is the device there, and may the user of this session open it?"},
    {PppdStatus::connect_failed, Retry::later, "pppd's connect script failed", ""},
    {PppdStatus::ptycmd_failed, Retry::later, "pppd's pty command failed", ""},
    {PppdStatus::negotiation_failed, Retry::soon, "the PPP negotiation failed",
     "if it stays so: does a PPP server answer on that number?"},
    {PppdStatus::peer_auth_failed, Retry::stop, "the peer did not prove who it is",
     "a provider does not: take require-* out of [ppp] options"},
    {PppdStatus::idle_timeout, Retry::soon, "pppd took the link down because nothing moved on it",
     "take idle out of pppd's options: the session hangs up itself"},
    {PppdStatus::connect_time, Retry::soon, "the call reached maxconnect",
     "raise maxconnect in [ppp] if that was too short"},
    {PppdStatus::callback, Retry::later, "the peer wants to call back, which is not supported",
     "have call-back switched off at the provider"},
    {PppdStatus::peer_dead, Retry::soon, "the peer fell silent: it answers no LCP echo", ""},
    {PppdStatus::hangup, Retry::soon, "the modem hung up", ""},
    {PppdStatus::loopback, Retry::soon, "the line returns our own octets",
     "the other side's modem is in command state, or a getty echoes"},
    {PppdStatus::init_failed, Retry::stop, "pppd's init script failed", "take init out of /etc/ppp/options"},
    {PppdStatus::auth_topeer_failed, Retry::stop, "the peer refuses our name or password",
     "check user and secret in [ppp]; no further call is made until then, for providers lock accounts"},
    {PppdStatus::traffic_limit, Retry::soon, "pppd's traffic limit was reached", "see maxoctets in pppd's options"},
    {PppdStatus::cnid_auth_failed, Retry::stop, "the peer does not take calls from our number", "ask the provider"},
}};

constexpr bool stand_at_their_numbers() {
  for (std::size_t i = 0; i < meanings.size(); ++i) {
    if (static_cast<std::size_t>(meanings.at(i).status) != i) return false;
  }
  return true;
}
static_assert(stand_at_their_numbers());

// What pppd itself said of it, behind our word.
std::string with_words(std::string_view text, const LinkState& log) {
  std::string line(text);
  if (!log.trouble.empty()) line += ": " + log.trouble;
  if (!log.end.empty() && log.end != log.trouble) line += (log.trouble.empty() ? ": " : "; ") + log.end;
  return line;
}

}  // namespace

modem::Trouble trouble_of(const base::ChildEnd& end, const LinkState& log) {
  if (!end.exited) {
    const char* name = ::sigabbrev_np(end.status);
    const std::string signal = name ? "SIG" + std::string(name) : "signal " + std::to_string(end.status);
    return {Retry::later, with_words("pppd was killed by " + signal, log), "", 0};
  }
  if (end.status < 0 || end.status > last_status) {
    return {Retry::later, with_words("pppd ended with the unknown status " + std::to_string(end.status), log), "", 0};
  }
  // On a line without modem lines pppd 2.4.9 takes its own close behind that silence for the modem's.
  const bool is_silence = log.is_silent && end.status == static_cast<int>(PppdStatus::hangup);
  const int status = is_silence ? static_cast<int>(PppdStatus::peer_dead) : end.status;
  const auto& meaning = meanings.at(static_cast<std::size_t>(status));
  return {meaning.retry, with_words(meaning.text, log) + " (pppd's status " + std::to_string(end.status) + ")",
          std::string(meaning.advice), 0};
}

}  // namespace pppctl::ppp
