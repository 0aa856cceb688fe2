// What pppd's log tells of a call, line by line. Pure. Text is what a peer may have had a part in: to be escaped by
// whoever prints it, as the log does.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pppctl::ppp {

inline constexpr std::size_t max_log_line = 1024;

// RFC 1661 §3.2.
enum class LinkPhase { dead, establish, authenticate, network, terminate };

struct LinkState {
  LinkPhase phase = LinkPhase::dead;
  std::string interface;
  std::string local_ip, remote_ip;
  std::array<std::string, 2> dns;
  bool is_silent = false;                           // the link came down because the peer answered no LCP echo
  std::string end;                                  // why the link came down, in pppd's words; empty: it has not said
  std::string trouble;                              // the last line that tells what did not work
  std::optional<std::uint64_t> sent, received;      // octets, modulo 2^32
  std::optional<std::chrono::milliseconds> up_for;  // tenths of minutes

  // The interface has its addresses: pppd says so when it has set them.
  [[nodiscard]] bool is_up() const { return phase == LinkPhase::network && !local_ip.empty() && !remote_ip.empty(); }
};

class PppdLog {
 public:
  void hear(std::string_view line);
  [[nodiscard]] const LinkState& state() const { return state_; }

 private:
  LinkState state_;
};

}  // namespace pppctl::ppp
