#include "modem/cellular.h"

#include <algorithm>
#include <utility>

#include "base/bug.h"
#include "base/log.h"
#include "modem/mobile_error.h"
#include "modem/unsolicited.h"

namespace modem {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds sim_pause{5};  // a SIM that is busy is so for 5 to 20 s after the modem was switched on
constexpr seconds sim_limit{30};
constexpr seconds card_limit{15};  // for what the card itself answers
constexpr int least_attempts = 2;  // of a PIN: the last one is left to a person
constexpr int all_attempts = 3;    // 3GPP TS 31.101: then the card is locked
constexpr std::size_t least_pin = 4, most_pin = 8;

bool is_pin(std::string_view text) {
  return text.size() >= least_pin && text.size() <= most_pin &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_ok(const AtAnswer& answer) { return answer.code.kind == ResultKind::ok; }

std::optional<unsigned> error_number(const AtAnswer& answer) {
  const auto error = parse_mobile_error(answer.code.text);
  return error ? error->number : std::nullopt;
}

}  // namespace

CellularDialogue::CellularDialogue(Order order) : order_(std::move(order)) {
  network_.satellite = order_.satellite;
  domains_ = order_.service == Service::packet && !order_.satellite ? std::vector<std::string>{"+CGREG", "+CEREG"}
                                                                    : std::vector<std::string>{"+CREG"};
}

CellularDialogue::Action CellularDialogue::start() { return ask(State::errors, "AT+CMEE=1"); }

CellularDialogue::Action CellularDialogue::ask(State state, const std::string& line, milliseconds limit) {
  state_ = state;
  asked_ = line;
  limit_ = std::max(limit, order_.command_timeout);
  return Ask{{line + "\r", Final::ok, limit_}, false};
}

CellularDialogue::Action CellularDialogue::ask_again(milliseconds after) { return Wait{after}; }

CellularDialogue::Action CellularDialogue::note(PinFate fate) {
  noting_ = fate;
  return NotePin{fate};
}

CellularDialogue::Action CellularDialogue::fail(Trouble trouble) {
  state_ = State::finished;
  return Failed{std::move(trouble)};
}

CellularDialogue::Action CellularDialogue::refused(const AtAnswer& answer, Retry retry, const std::string& advice) {
  const auto error = parse_mobile_error(answer.code.text);
  const auto said = ": it answers '" + base::escape(answer.code.text) + "' to '" + asked_ + "'";
  if (!error) return fail({retry, "the modem refuses a command" + said, advice, 0});
  auto trouble = trouble_of(*error);
  trouble.text += said;
  if (!advice.empty()) trouble.advice = advice;
  return fail(std::move(trouble));
}

CellularDialogue::Action CellularDialogue::on(const Event& event, Time now) {
  if (const auto* answered = std::get_if<Answered>(&event)) return on_answer(answered->answer, now);
  if (const auto* read = std::get_if<PinRead>(&event)) return on_pin_read(*read);
  if (std::holds_alternative<PinNoted>(event)) return on_pin_noted();
  return ask(state_, asked_, limit_);  // the pause is over
}

CellularDialogue::Action CellularDialogue::on_answer(const AtAnswer& answer, Time now) {
  const auto failure = std::ranges::find_if(answer.unsolicited, is_hardware_failure);
  if (failure != answer.unsolicited.end())
    return fail({Retry::later, "the modem says '" + base::escape(*failure) + "'", "switch it off and on", 0});
  if (!answer.answered) return on_no_answer(answer);
  switch (state_) {
    case State::errors:  // a modem without +CMEE has errors without numbers
      return ask(State::sim, "AT+CPIN?", card_limit);
    case State::sim:
      return on_sim(answer, now);
    case State::serial:
      if (is_ok(answer)) serial_ = serial_number(answer.lines);
      return ask(State::attempts, "AT+CPINR", card_limit);
    case State::attempts:
      if (is_ok(answer)) attempts_ = pin_attempts(answer.lines);
      state_ = State::pin_file;
      return ReadPin{serial_};
    case State::pin:
      return on_pin_answer(answer);
    case State::network_format:
      return ask(State::network_now, "AT+COPS?", card_limit);
    case State::network_now:
      return on_network_now(answer);
    case State::network_set:
      if (!is_ok(answer))
        return refused(answer, Retry::later, "is this network here? Else correct operator in " + order_.file);
      return ask_registration();
    case State::registration:
      return on_registration(answer, now);
    case State::network_name:
      return on_registered(answer);
    case State::signal:
    case State::last_signal:
      return on_signal(answer);
    case State::context:
      return on_context(answer);
    case State::attached:
      return on_attached(answer);
    case State::attach:
      return on_attach(answer);
    case State::bearer:
      return on_bearer(answer);
    case State::idle:
    case State::pin_file:
    case State::finished:
      break;
  }
  base::bug("CellularDialogue: an answer that nothing waits for");
}

CellularDialogue::Action CellularDialogue::on_no_answer(const AtAnswer& answer) {
  // A satellite's signal may take 10 s; the last one that it knows is there at once.
  if (state_ == State::signal && order_.satellite) return ask(State::last_signal, "AT+CSQF");
  const auto within = std::to_string(std::chrono::duration_cast<seconds>(limit_).count()) + " s";
  const bool is_noise = !answer.lines.empty();
  return fail({Retry::later,
               std::string(is_noise ? "no result" : "no answer") + " to '" + asked_ + "' within " + within, "", 0});
}

// The card.

CellularDialogue::Action CellularDialogue::on_sim(const AtAnswer& answer, Time now) {
  if (!is_ok(answer)) {
    const auto number = error_number(answer);
    if (number == cme::sim_busy) return sim_is_busy(now);
    // A modem without a card, or one that knows no such command: the registration tells.
    if (!number || number == cme::not_supported || number == cme::not_allowed) return choose_network();
    return refused(answer, Retry::stop, "");
  }
  const auto state = sim_state(answer.lines).value_or("");
  if (state == "READY") return choose_network();
  if (state == "SIM PIN") return on_sim_asks_pin(now);
  if (state == "SIM PUK")
    return fail({Retry::stop, "the SIM is locked and asks for its PUK: wrong PINs were given to it",
                 "put it into a telephone and give its PUK and a new PIN there, then set pin_file in " + order_.file,
                 0});
  return fail({Retry::stop, "the SIM or the modem is locked: it asks for '" + base::escape(state) + "'",
               "ask whoever sold the modem for its unlock code", 0});
}

CellularDialogue::Action CellularDialogue::sim_is_busy(Time now) {
  if (!sim_since_) sim_since_ = now;
  if (now - *sim_since_ < sim_limit) return ask_again(sim_pause);
  return fail({Retry::soon, "the SIM is busy, for " + std::to_string(sim_limit.count()) + " s by now",
               "if it stays so, switch the modem off and on", 0});
}

CellularDialogue::Action CellularDialogue::on_sim_asks_pin(Time now) {
  if (pin_was_sent_) return sim_is_busy(now);  // it has taken the PIN and needs a moment
  if (order_.profile.pin_file.empty())
    return fail({Retry::stop, "the SIM asks for its PIN",
                 "put it into a file of mode 0600 and name that as pin_file in [cellular] of " + order_.file, 0});
  return ask(State::serial, "AT+CGSN");
}

CellularDialogue::Action CellularDialogue::on_pin_read(const PinRead& read) {
  if (state_ != State::pin_file) base::bug("CellularDialogue: a PIN that nothing waits for");
  const auto& file = order_.profile.pin_file;
  memory_file_ = read.memory_file;
  if (!is_pin(read.pin.view()))
    return fail({Retry::stop, file + " holds no PIN", "write 4 to 8 digits into it, and nothing else", 0});
  if (read.fate == PinFate::refused)
    return fail({Retry::stop, "the SIM has refused the PIN in " + file + " before, so it is not sent again",
                 "correct the PIN; to have this one sent once more, remove " + memory_file_, 0});
  if (read.fate == PinFate::sent && attempts_.value_or(0) < all_attempts)
    return fail({Retry::stop,
                 "the PIN in " + file + " was sent before and its answer never came, so it is not sent again",
                 "is it right? To have it sent once more, remove " + memory_file_, 0});
  if (attempts_.value_or(all_attempts) < least_attempts)
    return fail({Retry::stop,
                 "the SIM has " + std::to_string(*attempts_) + " attempt left for its PIN, which is a person's",
                 "give the PIN by hand, or in a telephone", 0});
  pin_ = base::Secret(read.pin.view());
  return note(PinFate::sent);
}

// Nothing of the answer is told: a spoilt echo of the PIN may be among it.
CellularDialogue::Action CellularDialogue::on_pin_answer(const AtAnswer& answer) {
  if (is_ok(answer)) return note(PinFate::unsent);
  sim_is_locked_ = error_number(answer) == cme::puk_required;
  return note(PinFate::refused);
}

CellularDialogue::Action CellularDialogue::on_pin_noted() {
  switch (noting_) {
    case PinFate::unsent:
      return ask(State::sim, "AT+CPIN?", card_limit);
    case PinFate::sent: {
      auto action = ask(State::pin, "AT+CPIN=\"" + std::string(pin_.view()) + "\"", card_limit);
      std::get<Ask>(action).is_pin = true;
      asked_ = "AT+CPIN=...";
      pin_ = base::Secret();
      pin_was_sent_ = true;
      return action;
    }
    case PinFate::refused:
      return pin_was_refused();
  }
  base::bug("CellularDialogue: bad fate");
}

CellularDialogue::Action CellularDialogue::pin_was_refused() {
  const auto& file = order_.profile.pin_file;
  if (sim_is_locked_)
    return fail({Retry::stop, "the SIM has refused the PIN in " + file + ", and is locked: it asks for its PUK",
                 "put it into a telephone and give its PUK and a new PIN there, then correct " + file, 0});
  return fail({Retry::stop, "the SIM has refused the PIN in " + file + "; it is not sent again",
               "correct the PIN: after three wrong ones the SIM is locked", 0});
}

}  // namespace modem
