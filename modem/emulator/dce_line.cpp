// The commands that take the line: dial, answer, hook, online again, and the tests.
#include <utility>

#include "modem/emulator/dce.h"
#include "modem/emulator/mobile_error.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// V.250 §5.6.1: a line feed may follow the carriage return of a command that can be aborted.
constexpr Time abort_grace = milliseconds(125);
constexpr Time tone_detection = seconds(1);  // of a dial tone that is there
constexpr Time flash_time = milliseconds(500);
constexpr Time pulse_time = milliseconds(100);
constexpr Time pulse_pause = milliseconds(800);
constexpr Time self_test_time = seconds(10);  // where S18 says nothing

}  // namespace

Dce::Step Dce::hook(Time, const Command& command) {
  if (command.number == 0) {
    hang_up("hang-up");
  } else if (state_ == State::idle) {
    state_ = State::off_hook;
    actions_.emplace_back(OffHook{});
  }
  return Step::next;
}

Dce::Step Dce::go_online(Time now, const Command&) {
  if (state_ != State::online_command) return fail();
  reply_connect();
  enter_online_data(now);
  return Step::ended;
}

Dce::Step Dce::dial(Time now, const Command& command) {
  if (in_call()) return fail();
  auto parsed = parse_dial_string(command.value, profile_.pulse);
  if (!parsed) return fail();
  if (parsed->last || parsed->stored) {
    if (parsed->stored && static_cast<std::size_t>(*parsed->stored) >= stored_numbers_.size()) return fail();
    const std::string& known = parsed->last ? last_number_ : stored_numbers_[static_cast<std::size_t>(*parsed->stored)];
    if (known.empty()) return fail();
    parsed->digits += known;
    parsed->tones += static_cast<int>(known.size());
  }
  // L after L; would double it each time.
  if (digits_.size() + parsed->digits.size() > max_number_bytes) return fail();
  dialling_ = *parsed;
  digits_ += parsed->digits;
  const bool tone_first = profile_.at("X") == 2 || profile_.at("X") == 4;
  Time needed = tone_first ? tone_detection : profile_.seconds(reg::blind_wait);
  if (dialling_.wait_for_tone) needed += tone_detection;
  needed += dialling_.commas * profile_.seconds(reg::comma) + dialling_.flashes * flash_time;
  needed += dialling_.tones * 2 * milliseconds(profile_.s[reg::tone_length]);
  needed += dialling_.pulses * pulse_time + dialling_.pulse_digits * pulse_pause;
  actions_.emplace_back(OffHook{});
  state_ = State::dialling;
  due_ = now + needed;
  abort_from_ = now + abort_grace;
  reports_no_answer_ = dialling_.quiet_answer || profile_.at("X") >= 3;
  begin_faults(now, Moment::dial, 0);
  return Step::ended;
}

void Dce::dialled(Time now) {
  if (dialling_.stay_in_command) {
    due_.reset();
    state_ = State::off_hook;
    return reply(Result::ok);
  }
  last_number_ = std::exchange(digits_, {});
  if (mobile_) {
    if (const auto error = mobile_->dial_error(now, last_number_)) {
      hang_up("no call");
      // Without service a call hears no tone, and a packet connection has an error.
      const bool silent = *error == cme::no_service && !Mobile::is_packet_number(last_number_);
      if (silent) return reply(Result::no_dialtone);
      fail_mobile(*error);
      return;
    }
  }
  state_ = State::waiting;
  heard_ = Progress::silence;
  due_ = now + profile_.seconds(reg::carrier_wait);
  // A fax finds no modem at the other end.
  if (profile_.extended("+FCLASS") != "0") return;
  const std::string number = mobile_ ? Mobile::network_number(last_number_) : last_number_;
  actions_.emplace_back(Dial{number, options_.corrects && profile_.error_correction(), profile_.limits()});
}

Dce::Step Dce::answer(Time now, const Command&) {
  if (in_call()) return fail();
  pick_up(now);
  return Step::ended;
}

void Dce::pick_up(Time now) {
  if (ringing_) {
    actions_.emplace_back(Answer{options_.corrects && profile_.error_correction(), profile_.limits()});
  } else {
    actions_.emplace_back(OffHook{});
  }
  ringing_ = false;
  state_ = State::answering;
  due_ = now + profile_.seconds(reg::carrier_wait);
  abort_from_ = now + abort_grace;
}

// The loops, V.54's and our own: 1 and 3 without a call, 6 in one; 7 and 8 test themselves; 4 and 5 allow and forbid
// that the far end asks for one. None with error correction, which would be looped too.
Dce::Step Dce::test(Time now, const Command& command) {
  const int number = command.number;
  const Time limit = profile_.seconds(reg::test_time);
  switch (number) {
    case 0:
      if (test_from_) end_test();
      return Step::next;
    case 1:
    case 3:
    case 6:
      if (profile_.error_correction() || state_ != (number == 6 ? State::online_command : State::idle)) return fail();
      if (number != 6) actions_.emplace_back(OffHook{});
      test_from_ = state_;
      state_ = State::testing;
      due_ = limit > Time::zero() ? std::optional(now + limit) : std::nullopt;
      escape_.reset(now);
      result_code(code_of(Result::connect));
      return Step::ended;
    case 4:
    case 5:
      return Step::next;
    case 7:
    case 8:
      if (profile_.error_correction()) return fail();
      waits_until_ = now + (limit > Time::zero() ? limit : self_test_time);
      waiting_response_ = Response{{"000"}};
      return Step::waits;
    default:
      return fail();
  }
}

void Dce::end_test() {
  if (std::exchange(test_from_, std::nullopt) == State::online_command) {
    state_ = State::online_command;
    due_.reset();
  } else {
    hang_up("hang-up");
  }
}

}  // namespace emulator
