// A cellular or satellite modem on its way from the profile's init lines to the dial (3GPP TS 27.007): SIM,
// registration, roaming, signal, context or bearer. What became of the last action comes in, with the time; the next
// action goes out.
//
// A PIN is sent once, after it was noted down as sent; whatever else than OK comes back, it is noted as refused. What
// holds it is never part of a text.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "conf/cellular.h"
#include "modem/at_dialogue.h"
#include "modem/mobile_answer.h"

namespace modem {

enum class Service { circuit, packet };
// "*99#", "*99***1#" and "*98…" are packet connections (27.007 §10.2.1), all else circuit-switched calls.
Service service_of(std::string_view number);

// Of a modem that may dial.
struct NetworkState {
  Registration registration = Registration::home;
  std::string network;  // its name; empty: not told
  std::optional<int> signal;
  bool satellite = false;

  // "17 of 31 (-79 dBm)"; "unknown".
  [[nodiscard]] std::string signal_text() const;
  // Still to be escaped: "in its home network Offhook Mobile, signal 17 of 31 (-79 dBm)".
  [[nodiscard]] std::string text() const;
};

// What is remembered of a PIN and the SIM of this modem.
enum class PinFate { unsent, sent, refused };

class CellularDialogue {
 public:
  struct Order {
    conf::CellularProfile profile;
    std::string file;  // of the profile, for advice
    bool satellite = false;
    Service service = Service::circuit;
    std::chrono::milliseconds command_timeout{5000};
  };
  using Time = std::chrono::milliseconds;  // on a clock that only moves forward

  // Events: what became of the action in hand.
  struct Answered {
    AtAnswer answer;
  };
  struct Waited {};
  struct PinRead {
    base::Secret pin;
    PinFate fate = PinFate::unsent;
    std::string memory_file;  // that its fate stands in
  };
  struct PinNoted {};
  using Event = std::variant<Answered, Waited, PinRead, PinNoted>;

  // Actions, one at a time.
  struct Ask {
    AtCommand command;
    bool is_pin = false;  // to be seen through to its answer
  };
  struct Wait {
    std::chrono::milliseconds time;
  };
  struct ReadPin {
    std::string serial;  // of the modem; empty: it has not told
  };
  struct NotePin {  // on disk before anything else is done
    PinFate fate;
  };
  struct Ready {
    NetworkState state;
  };
  struct Failed {
    Trouble trouble;
  };
  using Action = std::variant<Ask, Wait, ReadPin, NotePin, Ready, Failed>;

  explicit CellularDialogue(Order order);
  Action start();
  Action on(const Event& event, Time now);

 private:
  enum class State {
    idle,
    errors,
    sim,
    serial,
    attempts,
    pin_file,
    pin,
    network_format,
    network_now,
    network_set,
    registration,
    network_name,
    signal,
    last_signal,
    context,
    attached,
    attach,
    bearer,
    finished,
  };

  Action ask(State state, const std::string& line, std::chrono::milliseconds limit);
  Action ask(State state, const std::string& line) { return ask(state, line, order_.command_timeout); }
  Action ask_again(std::chrono::milliseconds after);
  Action note(PinFate fate);
  Action fail(Trouble trouble);
  Action refused(const AtAnswer& answer, Retry retry, const std::string& advice);

  Action on_answer(const AtAnswer& answer, Time now);
  Action on_no_answer(const AtAnswer& answer);
  Action on_sim(const AtAnswer& answer, Time now);
  Action sim_is_busy(Time now);
  Action on_sim_asks_pin(Time now);
  Action on_pin_read(const PinRead& read);
  Action on_pin_answer(const AtAnswer& answer);
  Action on_pin_noted();
  Action pin_was_refused();
  Action choose_network();
  Action on_network_now(const AtAnswer& answer);
  Action ask_registration();
  Action on_registration(const AtAnswer& answer, Time now);
  Action not_registered(Time now);
  Action registration_failed(Registration last);
  Action on_registered(const AtAnswer& answer);
  Action ask_signal();
  Action on_signal(const AtAnswer& answer);
  Action set_service();
  Action on_context(const AtAnswer& answer);
  Action on_attached(const AtAnswer& answer);
  Action on_attach(const AtAnswer& answer);
  Action on_bearer(const AtAnswer& answer);
  Action ready();

  Order order_;
  State state_ = State::idle;
  std::string asked_;  // the command line, for texts; never the PIN
  std::chrono::milliseconds limit_{0};
  std::optional<Time> sim_since_;  // the first time that it was busy
  std::string serial_;
  std::optional<int> attempts_;
  base::Secret pin_;
  std::string memory_file_;
  PinFate noting_ = PinFate::unsent;
  bool pin_was_sent_ = false;
  bool sim_is_locked_ = false;  // by the PIN that was refused
  std::vector<std::string> domains_;
  std::size_t domain_ = 0;  // that is asked
  std::optional<Time> searching_since_;
  std::optional<Registration> told_;  // the best of this round
  int denials_ = 0;                   // rounds in a row
  int signal_questions_ = 0;
  NetworkState network_;
};

}  // namespace modem
