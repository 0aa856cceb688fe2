// A Hayes DCE (V.250): command lines in, result codes out, and what it does on the telephone line. Octets, the DTE's
// DTR, what the exchange says and the time come in; octets for the DTE and what the exchange shall do come out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "modem/emulator/command.h"
#include "modem/emulator/escape.h"
#include "modem/emulator/profile.h"
#include "modem/emulator/time.h"

namespace emulator {

enum class Fault { none, mute, echo, garbage, stuck };
enum class Result { ok, connect, ring, no_carrier, error, no_dialtone, busy, no_answer };
// What a caller hears.
enum class Progress { silence, ringback, answered, busy, no_dialtone, no_carrier };

struct DceOptions {
  std::string connect = "RATE/ARQ";  // after CONNECT and a blank; RATE is the line's
  Fault fault = Fault::none;
  std::string version;  // for ATI and +GMR
};

// Events
struct Octets {
  std::string_view bytes;
};                  // from the DTE; valid during on()
struct Stalled {};  // the DTE may have more, and it is not read for the time being
struct Dtr {
  bool on;
};
struct Ringing {};  // the bell, once
struct RingingEnded {};
struct Heard {
  Progress progress;
};
struct CarrierFound {
  std::uint64_t bits_per_second;
  bool error_correction;
};
struct CarrierGone {};
struct Expired {};  // due() has come
using Event = std::variant<Octets, Stalled, Dtr, Ringing, RingingEnded, Heard, CarrierFound, CarrierGone, Expired>;

// Actions
struct ToDte {
  std::string bytes;
};
struct ToLine {
  std::string bytes;
};
struct OffHook {};
struct OnHook {};
struct Dial {
  std::string number;
  bool error_correction;
};
struct Answer {
  bool error_correction;
};
struct Note {
  std::string event;
  std::string text;
};  // for the log: "command", "result"
using Action = std::variant<ToDte, ToLine, OffHook, OnHook, Dial, Answer, Note>;

class Dce {
 public:
  // idle and off_hook are the command state without a call; waiting is after the last digit of a dial.
  enum class State { idle, off_hook, dialling, waiting, answering, online_data, online_command };

  explicit Dce(DceOptions options);

  std::vector<Action> on(Time now, const Event& event);
  [[nodiscard]] std::optional<Time> due() const;

  [[nodiscard]] State state() const { return state_; }
  // In the online data state octets of the line are for the DTE; in the others they wait.
  [[nodiscard]] bool takes_octets() const { return state_ == State::online_data; }
  [[nodiscard]] bool carrier_detect() const;  // circuit 109, by &C
  [[nodiscard]] bool data_set_ready() const;  // circuit 107, by &S
  [[nodiscard]] bool ring_indicator(Time now) const;
  [[nodiscard]] const Profile& profile() const { return profile_; }

 private:
  void on_octets(Time now, std::string_view bytes);
  void on_stalled(Time now);
  void on_dtr(Time now, bool on);
  void on_ringing(Time now);
  void on_ringing_ended();
  void on_heard(Time now, Progress progress);
  void on_carrier_found(Time now, const CarrierFound& found);
  void on_carrier_gone();
  void on_expired(Time now);

  // The command state
  void command_octet(Time now, char c);
  void line_octet(Time now, char c);
  void line_complete(Time now);
  // False: the rest of the line is not to be done, and no result either: it has been said, or comes later.
  bool execute(Time now, const Command& command);
  bool execute_basic(Time now, const Command& command);
  bool execute_setting(const Command& command);
  bool execute_register(const Command& command);
  bool execute_extended(const Command& command);
  bool set_extended(const Command& command);
  bool identify(int number);
  bool hook(Time now, int number);
  bool dial(Time now, const std::string& text);
  bool answer(Time now);
  bool go_online(Time now, int number);
  bool reset(int number);
  bool fail();  // ERROR

  void hang_up();
  void give_up(Result result);  // on-hook, and says so
  void dialled(Time now);
  void reply(Result result);
  void reply_connect();
  void result_text(int number, const std::string& text);
  void information(const std::string& text);
  void enter_online_data(Time now);
  [[nodiscard]] bool off_line() const { return state_ == State::idle || state_ == State::off_hook; }
  [[nodiscard]] bool in_call() const { return state_ == State::online_data || state_ == State::online_command; }
  std::string noise(std::size_t count);

  DceOptions options_;
  Profile profile_ = Profile::factory();
  Profile stored_ = Profile::factory();
  State state_ = State::idle;
  EscapeDetector escape_;
  std::optional<Time> due_;  // of dialling, waiting and answering
  Time abort_from_{};        // before it, octets after a dial command abort nothing
  bool dtr_ = false;
  bool ringing_ = false;
  Time bell_until_{};
  std::string line_;  // "A", "AT" and what follows; empty: none begun
  bool line_too_long_ = false;
  std::string last_line_;  // for A/
  std::string last_number_;
  std::string digits_;  // dialled with a semicolon so far
  DialString dialling_;
  Progress heard_ = Progress::silence;
  bool reports_no_answer_ = false;
  CarrierFound found_{};
  std::uint32_t noise_ = 1;
  std::vector<Action> actions_;  // of the event at work
};

}  // namespace emulator
