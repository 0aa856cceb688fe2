// A DCE (V.250): command lines in, result codes out, and what it does on the telephone line. Octets, the DTE's DTR,
// what the exchange says and the time come in; octets for the DTE and what the exchange shall do come out.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "modem/emulator/command.h"
#include "modem/emulator/escape.h"
#include "modem/emulator/fault.h"
#include "modem/emulator/mobile.h"
#include "modem/emulator/profile.h"
#include "modem/emulator/random.h"
#include "modem/emulator/result_code.h"
#include "modem/emulator/time.h"

namespace emulator {

enum class Personality { hayes, ties, cellular, iridium };
// What a caller hears.
enum class Progress { silence, ringback, answered, busy, no_dialtone, no_carrier };

struct DceOptions {
  std::string connect = "RATE/ARQ";  // after CONNECT and a blank
  Faults faults;
  std::string version;  // for ATI and +GMR
  Personality personality = Personality::hayes;
  MobileOptions mobile{};                      // of the cellular and the satellite personality
  bool corrects = true;                        // knows error correction at all
  std::size_t line_bytes = max_command_bytes;  // of a command line without AT
  std::string classes = "0";                   // of +FCLASS, with commas
  std::uint64_t seed = 1;                      // of its noise
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
struct CarrierGone {
  bool abruptly = false;  // the line was cut: no farewell of the far end
};
struct Carried {};  // octets of the line went to the DTE
struct Expired {};  // due() has come
using Event =
    std::variant<Octets, Stalled, Dtr, Ringing, RingingEnded, Heard, CarrierFound, CarrierGone, Carried, Expired>;

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
  Limits limits{};
};
struct Answer {
  bool error_correction;
  Limits limits{};
};
struct Vanish {};  // as an unplugged USB device does
struct Appear {};
struct Note {
  std::string event;
  std::string text;
};  // for the log: "command", "result"
using Action = std::variant<ToDte, ToLine, OffHook, OnHook, Dial, Answer, Vanish, Appear, Note>;

class Dce {
 public:
  // idle and off_hook are the command state without a call; waiting is after the last digit of a dial; testing loops
  // the DTE's octets back; absent is a device that is not there for a while.
  enum class State { idle, off_hook, dialling, waiting, answering, online_data, online_command, testing, absent };

  explicit Dce(DceOptions options);

  std::vector<Action> on(Time now, const Event& event);
  [[nodiscard]] std::optional<Time> due() const;

  [[nodiscard]] State state() const { return state_; }
  // In the online data state octets of the line are for the DTE; in the others they wait.
  [[nodiscard]] bool takes_octets() const { return state_ == State::online_data; }
  [[nodiscard]] bool carrier_detect() const;  // circuit 109, by &C
  [[nodiscard]] bool data_set_ready() const;  // circuit 107, by &S
  [[nodiscard]] bool clear_to_send() const { return state_ != State::absent; }
  [[nodiscard]] bool ring_indicator(Time now) const;
  [[nodiscard]] const Profile& profile() const { return profile_; }

 private:
  enum class Step { next, ended, waits };  // of the commands of a line
  // One that does more than to set something.
  struct Basic {
    std::string_view name;
    int greatest;
    Step (Dce::*act)(Time now, const Command& command);
  };
  static const std::array<Basic, 16> basic_commands;

  void on_octets(Time now, std::string_view bytes);
  void on_dtr(Time now, bool on);
  void on_ringing(Time now);
  void on_ringing_ended();
  void on_heard(Progress progress);
  void on_carrier_found(Time now, const CarrierFound& found);
  void on_carrier_gone(Time now, bool abruptly);
  void on_expired(Time now);
  void on_state_expired(Time now);
  void data_octets(Time now, std::string_view bytes);
  void lose_dtr();

  // The command state
  void command_octet(Time now, char c);
  void line_octet(Time now, char c);
  void line_complete(Time now, std::string line);
  void carry_on(Time now);  // with the commands that are left
  void command_done(Time now);
  void waited(Time now);
  Step execute(Time now, const Command& command);
  Step execute_register(const Command& command);
  Step execute_extended(Time now, const Command& command);
  Step set_extended(const Command& command);
  Step execute_mobile(Time now, const Response& response);
  Step finish_response(Time now, const Response& response);
  Step name_itself(const Command& command);
  Step capabilities(Time now, const Command& command);
  Step last_call_status(Time now, const Command& command);
  Step identify(Time now, const Command& command);
  Step show(Time now, const Command& command);
  Step factory(Time now, const Command& command);
  Step store(Time now, const Command& command);
  Step choose_profile(Time now, const Command& command);
  Step store_number(Time now, const Command& command);
  Step test(Time now, const Command& command);
  Step tone_or_pulse(Time now, const Command& command);
  Step hook(Time now, const Command& command);
  Step dial(Time now, const Command& command);
  Step answer(Time now, const Command& command);
  Step go_online(Time now, const Command& command);
  Step reset(Time now, const Command& command);
  Step fail();              // ERROR
  Step fail_mobile(int n);  // +CME ERROR, by +CMEE

  void hang_up(std::string_view why);
  void give_up(Result result, std::string_view why);  // on-hook, and says so
  void pick_up(Time now);                             // the call that rings, or the bare line
  void dialled(Time now);
  void end_test();
  void begin_faults(Time now, Moment moment, std::uint64_t count);
  void vanish(Time now, Time away);
  void power_up(Time now);
  void say_what_the_network_says(Time now);

  void reply(Result result) { result_code(code_of(result)); }
  void reply_connect();
  void result_code(const Code& code);
  void say(const std::string& verbose, const std::string& numeric);
  void information(const std::string& text);
  void enter_online_data(Time now);
  [[nodiscard]] std::string line_end() const;
  [[nodiscard]] std::string last_call() const;
  [[nodiscard]] std::optional<Time> idle_due() const;
  [[nodiscard]] bool off_line() const { return state_ == State::idle || state_ == State::off_hook; }
  [[nodiscard]] bool in_call() const;
  [[nodiscard]] bool answers() const { return answered_ || state_ == State::answering; }
  [[nodiscard]] bool in_command_state() const { return off_line() || state_ == State::online_command; }
  [[nodiscard]] bool has(Fault fault) const { return faults_.has(fault); }

  DceOptions options_;
  Faults faults_;
  std::optional<Mobile> mobile_;
  Profile profile_ = Profile::factory();
  std::array<Profile, 2> stored_{profile_, profile_};
  std::size_t power_up_profile_ = 0;             // &Y
  std::array<std::string, 4> stored_numbers_{};  // &Z
  State state_ = State::idle;
  Progress heard_ = Progress::silence;
  std::optional<State> test_from_;  // while a test runs
  EscapeDetector escape_;
  TiesDetector ties_;
  std::optional<Time> due_;          // of dialling, waiting, answering, testing and absent
  std::optional<Time> dtr_lost_;     // when its loss counts: S25
  std::optional<Time> carrier_out_;  // when its loss counts: S10
  Time abort_from_{};                // before it, octets after a dial command abort nothing
  Time last_carried_{};
  Time bell_until_{};

  std::string line_;                 // "A", "AT" and what follows; empty: none begun
  std::string last_line_;            // for A/
  std::deque<Command> todo_;         // of the line at work
  std::optional<Time> waits_until_;  // for an answer that takes its time
  std::optional<Response> waiting_response_;
  std::string backlog_;  // typed meanwhile
  std::uint64_t commands_ = 0;
  std::uint64_t octets_ = 0;

  std::string last_number_;
  std::string digits_;  // dialled with a semicolon so far
  DialString dialling_;
  Connection connection_{};
  std::string ended_;  // the last call, and why; empty: there was none
  Random noise_;
  bool started_ = false;
  bool dtr_ = false;
  bool hardware_untold_ = false;  // until somebody is there to be told, and not in a call's data
  bool ringing_ = false;
  bool answered_ = false;
  bool line_too_long_ = false;
  bool complete_ = true;
  bool reports_no_answer_ = false;
  std::vector<Action> actions_;  // of the event at work
};

}  // namespace emulator
