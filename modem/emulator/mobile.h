// The cellular and satellite side of a DCE (3GPP TS 27.007): card, radio, registration, packet contexts. Commands and
// the time come in; the information, the error and what the DCE has to do come out.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modem/emulator/command.h"
#include "modem/emulator/sim.h"
#include "modem/emulator/time.h"

namespace emulator {

// <stat> of +CREG.
namespace registration {
inline constexpr int idle = 0, home = 1, searching = 2, denied = 3, unknown = 4, roaming = 5;
}

struct MobileOptions {
  bool satellite = false;  // Iridium's forms, else those of 3GPP
  SimOptions sim;
  int registration = registration::home;  // what the search ends with
  Time registers_after = std::chrono::seconds(2);
  int signal = 17;  // of +CSQ: 0 to 31, of a satellite 0 to 5
  Time signal_takes{};
  std::string network = "Offhook Mobile";
  std::string code = "00101";  // its number: a test network's
  Time restart_takes = std::chrono::seconds(10);

  static MobileOptions cellular() { return {}; }
  static MobileOptions iridium();
};

struct Response {
  enum class Then { nothing, hang_up, restart };
  std::vector<std::string> lines;
  std::optional<int> error{};  // of +CME ERROR; none: OK
  Time takes{};
  Then then = Then::nothing;
};

class Mobile {
 public:
  explicit Mobile(MobileOptions options);

  void power_up(Time now);
  // Empty: none of its commands.
  std::optional<Response> execute(Time now, const Command& command);
  // Why the number cannot be dialled.
  [[nodiscard]] std::optional<int> dial_error(Time now, const std::string& number) const;
  // "*99***1#" is "*99#": of all packet contexts one number.
  [[nodiscard]] static std::string network_number(const std::string& number);
  [[nodiscard]] static bool is_packet_number(std::string_view number);

  // "+CME ERROR: 11", "+CME ERROR: SIM PIN required" or empty, which is ERROR: by +CMEE.
  [[nodiscard]] std::string error_text(int number) const;
  [[nodiscard]] bool long_ring() const { return long_ring_; }  // +CRC=1
  void released(std::string why) { last_release_ = std::move(why); }
  [[nodiscard]] Time restart_takes() const { return options_.restart_takes; }

  // Unsolicited lines that are due.
  std::vector<std::string> advance(Time now);
  [[nodiscard]] std::optional<Time> due() const { return next_; }

 private:
  struct Domain {
    std::string_view name;
    int reports = 0;  // <n>
    int told = registration::idle;
  };
  enum class Where { both, cellular, satellite };
  struct Entry {
    std::string_view name;
    Form form;
    Response (Mobile::*respond)(Time now, const Command& command);
    Where where = Where::both;
    bool needs_sim = true;
  };
  static const Entry* find(const Command& command, bool satellite);
  static constexpr std::size_t entries = 49;
  static const std::array<Entry, entries> table;

  Response supported(Time now, const Command& command);
  Response test_switch(Time now, const Command& command);
  Response test_signal(Time now, const Command& command);
  Response test_errors(Time now, const Command& command);
  Response read_pin(Time now, const Command& command);
  Response enter_pin(Time now, const Command& command);
  Response pin_attempts(Time now, const Command& command);
  Response read_registration(Time now, const Command& command);
  Response set_registration(Time now, const Command& command);
  Response test_registration(Time now, const Command& command);
  Response signal(Time now, const Command& command);
  Response last_signal(Time now, const Command& command);
  Response read_operator(Time now, const Command& command);
  Response set_operator(Time now, const Command& command);
  Response scan(Time now, const Command& command);
  Response read_attached(Time now, const Command& command);
  Response set_attached(Time now, const Command& command);
  Response read_contexts(Time now, const Command& command);
  Response set_context(Time now, const Command& command);
  Response test_contexts(Time now, const Command& command);
  Response read_active(Time now, const Command& command);
  Response set_active(Time now, const Command& command);
  Response addresses(Time now, const Command& command);
  Response read_bearer(Time now, const Command& command);
  Response set_bearer(Time now, const Command& command);
  Response test_bearer(Time now, const Command& command);
  Response hang_up(Time now, const Command& command);
  Response read_radio(Time now, const Command& command);
  Response set_radio(Time now, const Command& command);
  Response test_radio(Time now, const Command& command);
  Response last_release(Time now, const Command& command);
  Response read_errors(Time now, const Command& command);
  Response set_errors(Time now, const Command& command);
  Response read_ring(Time now, const Command& command);
  Response set_ring(Time now, const Command& command);
  Response read_speed(Time now, const Command& command);
  Response set_speed(Time now, const Command& command);
  Response test_speed(Time now, const Command& command);

  Domain& domain_of(std::string_view name);
  [[nodiscard]] int registered(Time now) const;
  [[nodiscard]] bool in_service(Time now) const;
  [[nodiscard]] std::string place(int reports, int stat) const;
  void search(Time now);
  void leave_network(Time now);

  MobileOptions options_;
  Sim sim_;
  std::array<Domain, 3> domains_{Domain{"+CREG"}, Domain{"+CGREG"}, Domain{"+CEREG"}};
  std::optional<Time> registers_at_;
  std::optional<Time> next_;
  int radio_ = 1;   // +CFUN
  int errors_ = 0;  // +CMEE
  int operator_mode_ = 0;
  bool operator_by_code_ = false;  // +COPS? tells the network's number
  bool long_ring_ = false;
  bool attached_ = true;
  std::map<int, std::string> contexts_{{1, "\"IP\",\"\""}};
  int active_ = 0;  // the context that is, 0: none
  std::string bearer_ = "7,0,1";
  int speed_code_ = 6;
  std::string last_release_ = "No report available";
};

}  // namespace emulator
