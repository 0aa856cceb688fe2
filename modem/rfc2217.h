// The client's side of RFC 2217: a serial port behind a telnet server. Octets from the server and orders in, actions
// out; no descriptor and no clock. What it gathers of a server's octets is bounded, whatever they are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "modem/line_settings.h"

namespace modem {

// Longer than RFC 2217's longest, a signature in words; what is beyond is read over.
inline constexpr std::size_t max_subnegotiation_bytes = 256;
// Nothing that is still a subnegotiation by then will end.
inline constexpr std::size_t max_subnegotiation_skipped = 4096;

class Rfc2217 {
 public:
  enum class State {
    idle,
    negotiating,  // until the server has agreed to the port's option and to all octets (BINARY) both ways
    ready,
    failed,
  };
  enum class Order { dtr_on, dtr_off, break_on, break_off, purge_input, purge_output };

  struct Octets {
    std::string_view bytes;
  };
  struct Expired {};  // the time for the negotiation, or for the acknowledgements awaited, has passed

  struct Send {
    std::string octets;  // to the server as they are
  };
  struct Received {
    std::string octets;  // from the line
  };
  struct Failed {
    base::Failure failure;  // without the port's name
  };
  using Action = std::variant<Send, Received, Failed>;
  using Actions = std::vector<Action>;

  explicit Rfc2217(const PortSettings& settings) : settings_(settings) {}

  Actions start();
  Actions on(const Octets& event);
  Actions on(const Expired& event);
  Actions on(Order order);

  // The line's octets for the server: 255 doubled (RFC 854).
  static std::string escaped(std::string_view octets);

  [[nodiscard]] State state() const { return state_; }
  // No acknowledgement is awaited. A server that once left an order without one is not waited for with that again.
  [[nodiscard]] bool settled() const;
  // The server has asked us to send nothing for now (FLOWCONTROL-SUSPEND).
  [[nodiscard]] bool suspended() const { return suspended_; }
  // Empty until the server has told them.
  [[nodiscard]] std::optional<ModemLines> lines() const;
  // What is odd about the line: a setting that the server answered with another, errors on the line. Empty: nothing.
  [[nodiscard]] std::string remarks() const;

 private:
  enum class Parse { data, command, option, sub_option, sub_data, sub_command };
  enum class Side { off, asked, on, refused };
  struct Option {
    unsigned char code;
    Side ours = Side::off;
    Side theirs = Side::off;
  };
  // What is acknowledged one by one.
  enum class Request { purge, speed, data_size, parity, stop_size, flow, dtr, rts, line_mask, modem_mask, line_break };
  static constexpr std::size_t requests = 11;
  struct Pending {
    bool awaited = false;
    bool unanswered = false;  // once it was: not awaited again
    std::uint32_t asked = 0;
    std::uint32_t taken = 0;
  };

  void take(unsigned char c);
  void on_command(unsigned char c);
  void on_option(unsigned char code);
  void on_ours(Option& option, bool wanted);
  void on_theirs(Option& option, bool offered);
  Option* known(unsigned char code);
  void on_subnegotiation();
  void on_control(unsigned value);
  void on_value(Request request, std::uint32_t value);
  void on_line_state(unsigned bits);
  void advance();
  void become_ready();
  enum class Await { yes, no };
  void order(Request request, unsigned char command, std::uint32_t value, Await await = Await::yes);
  void send_telnet(unsigned char verb, unsigned char option);
  void send_subnegotiation(unsigned char command, std::string_view value);
  void fail(base::Failure failure);
  Actions flush();
  Pending& of(Request request) { return pending_[static_cast<std::size_t>(request)]; }
  [[nodiscard]] const Pending& of(Request request) const { return pending_[static_cast<std::size_t>(request)]; }

  PortSettings settings_;
  State state_ = State::idle;
  Parse parse_ = Parse::data;
  unsigned char verb_ = 0;
  unsigned char sub_option_ = 0;
  std::string sub_;
  std::size_t sub_octets_ = 0;
  std::array<Option, 3> options_;
  std::array<Pending, requests> pending_{};
  std::optional<unsigned> modem_state_;
  bool dtr_ = true;
  bool suspended_ = false;
  std::size_t framing_errors_ = 0, parity_errors_ = 0, overruns_ = 0;
  // Being gathered for this event.
  std::string to_server_;
  std::string from_line_;
  std::optional<base::Failure> failure_;
};

}  // namespace modem
