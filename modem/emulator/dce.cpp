#include "modem/emulator/dce.h"

#include <utility>

#include "base/bug.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// V.250 §5.6.1: a line feed may follow the carriage return of a command that can be aborted.
constexpr Time abort_grace = milliseconds(125);
constexpr Time tone_detection = seconds(1);  // of a dial tone that is there
constexpr Time flash_time = milliseconds(500);
constexpr Time bell_time = seconds(2);  // of a ring; the rest of the interval is silent
constexpr Time pulse_time = milliseconds(100);
constexpr Time pulse_pause = milliseconds(800);

}  // namespace

Dce::Dce(DceOptions options) : options_(std::move(options)) {}

std::vector<Action> Dce::on(Time now, const Event& event) {
  actions_.clear();
  struct Visitor {
    Dce& dce;
    Time now;
    void operator()(const Octets& octets) const { dce.on_octets(now, octets.bytes); }
    void operator()(const Stalled&) const { dce.on_stalled(now); }
    void operator()(const Dtr& dtr) const { dce.on_dtr(now, dtr.on); }
    void operator()(const Ringing&) const { dce.on_ringing(now); }
    void operator()(const RingingEnded&) const { dce.on_ringing_ended(); }
    void operator()(const Heard& heard) const { dce.on_heard(now, heard.progress); }
    void operator()(const CarrierFound& found) const { dce.on_carrier_found(now, found); }
    void operator()(const CarrierGone&) const { dce.on_carrier_gone(); }
    void operator()(const Expired&) const { dce.on_expired(now); }
  };
  std::visit(Visitor{*this, now}, event);
  return std::exchange(actions_, {});
}

std::optional<Time> Dce::due() const {
  if (state_ == State::online_data) return options_.fault == Fault::stuck ? std::nullopt : escape_.due();
  return due_;
}

bool Dce::carrier_detect() const { return profile_.carrier == 0 || in_call(); }

bool Dce::data_set_ready() const { return profile_.dsr == 0 || in_call(); }

bool Dce::ring_indicator(Time now) const { return ringing_ && now < bell_until_; }

void Dce::on_octets(Time now, std::string_view bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::online_data:
        escape_.octets(now, bytes, profile_.escape_character(), profile_.guard_time());
        actions_.emplace_back(ToLine{std::string(bytes)});
        return;
      case State::dialling:
      case State::waiting:
      case State::answering:
        if (now >= abort_from_) give_up(Result::no_carrier);
        break;
      case State::idle:
      case State::off_hook:
      case State::online_command:
        command_octet(now, bytes.front());
        break;
    }
    bytes.remove_prefix(1);
  }
}

void Dce::on_stalled(Time now) {
  if (state_ == State::online_data) escape_.stalled(now);
}

void Dce::on_dtr(Time now, bool on) {
  const bool lost = dtr_ && !on;
  dtr_ = on;
  if (!lost) return;
  line_.clear();
  if (profile_.dtr == 0 || options_.fault == Fault::stuck) return;
  if (profile_.dtr == 1) {
    if (state_ != State::online_data) return;
    state_ = State::online_command;
    reply(Result::ok);
    return;
  }
  if (state_ == State::off_hook) hang_up();
  if (state_ != State::idle) give_up(Result::no_carrier);
  if (profile_.dtr == 3) profile_ = stored_;
  static_cast<void>(now);
}

void Dce::on_ringing(Time now) {
  if (state_ != State::idle) return;
  ringing_ = true;
  bell_until_ = now + bell_time;
  auto& rings = profile_.s[reg::rings];
  if (rings < 255) ++rings;
  if (options_.fault == Fault::mute) return;
  // A command line that is being typed keeps the bell silent, or its letters would be torn apart.
  if (line_.empty()) reply(Result::ring);
  const auto after = profile_.s[reg::rings_to_answer];
  const bool ready = dtr_ || profile_.dtr < 2;
  if (after > 0 && rings >= after && ready) static_cast<void>(answer(now));
}

void Dce::on_ringing_ended() {
  ringing_ = false;
  if (state_ == State::idle) profile_.s[reg::rings] = 0;
}

void Dce::on_heard(Time now, Progress progress) {
  if (state_ != State::waiting) return;
  heard_ = progress;
  const bool listens_for_tone = profile_.results == 2 || profile_.results == 4 || dialling_.wait_for_tone;
  const bool knows_busy = profile_.results >= 3;
  switch (progress) {
    case Progress::no_carrier:
      return give_up(Result::no_carrier);
    case Progress::no_dialtone:
      if (listens_for_tone) give_up(Result::no_dialtone);
      return;
    case Progress::busy:
      if (knows_busy) give_up(Result::busy);
      return;
    case Progress::silence:
    case Progress::ringback:
    case Progress::answered:
      return;
  }
  static_cast<void>(now);
  base::bug("Dce: no such progress");
}

void Dce::on_carrier_found(Time now, const CarrierFound& found) {
  if (state_ != State::waiting && state_ != State::answering) return;
  found_ = found;
  ringing_ = false;
  reply_connect();
  enter_online_data(now);
}

void Dce::on_carrier_gone() {
  switch (state_) {
    case State::online_data:
    case State::online_command:
    case State::waiting:
    case State::answering:
      return give_up(Result::no_carrier);
    case State::idle:
    case State::off_hook:
    case State::dialling:
      return;
  }
  base::bug("Dce: bad state");
}

void Dce::on_expired(Time now) {
  if (!due() || now < *due()) return;
  switch (state_) {
    case State::online_data:
      escape_.reset(now);
      state_ = State::online_command;
      return reply(Result::ok);
    case State::dialling:
      return dialled(now);
    case State::waiting:
      return give_up(heard_ == Progress::ringback && reports_no_answer_ ? Result::no_answer : Result::no_carrier);
    case State::answering:
      return give_up(Result::no_carrier);
    case State::idle:
    case State::off_hook:
    case State::online_command:
      return;
  }
  base::bug("Dce: bad state");
}

bool Dce::dial(Time now, const std::string& text) {
  if (in_call()) return fail();
  auto parsed = parse_dial_string(text, profile_.pulse);
  if (!parsed) return fail();
  if (parsed->last) {
    if (last_number_.empty()) return fail();
    parsed->digits += last_number_;
    parsed->tones += static_cast<int>(last_number_.size());
  }
  // L after L; would double it each time.
  if (digits_.size() + parsed->digits.size() > max_number_bytes) return fail();
  dialling_ = *parsed;
  digits_ += parsed->digits;
  const bool tone_first = profile_.results == 2 || profile_.results == 4;
  Time needed = tone_first ? tone_detection : profile_.seconds(reg::blind_wait);
  if (dialling_.wait_for_tone) needed += tone_detection;
  needed += dialling_.commas * profile_.seconds(reg::comma) + dialling_.flashes * flash_time;
  needed += dialling_.tones * 2 * milliseconds(profile_.s[reg::tone_length]);
  needed += dialling_.pulses * pulse_time + dialling_.pulse_digits * pulse_pause;
  actions_.emplace_back(OffHook{});
  state_ = State::dialling;
  due_ = now + needed;
  abort_from_ = now + abort_grace;
  reports_no_answer_ = dialling_.quiet_answer || profile_.results >= 3;
  return false;
}

void Dce::dialled(Time now) {
  if (dialling_.stay_in_command) {
    due_.reset();
    state_ = State::off_hook;
    return reply(Result::ok);
  }
  state_ = State::waiting;
  heard_ = Progress::silence;
  due_ = now + profile_.seconds(reg::carrier_wait);
  last_number_ = std::exchange(digits_, {});
  actions_.emplace_back(Dial{last_number_, profile_.error_correction});
}

bool Dce::answer(Time now) {
  if (in_call()) return fail();
  if (ringing_) {
    actions_.emplace_back(Answer{profile_.error_correction});
  } else {
    actions_.emplace_back(OffHook{});
  }
  ringing_ = false;
  state_ = State::answering;
  due_ = now + profile_.seconds(reg::carrier_wait);
  abort_from_ = now + abort_grace;
  return false;
}

void Dce::enter_online_data(Time now) {
  due_.reset();
  line_.clear();
  escape_.reset(now);
  state_ = State::online_data;
  profile_.s[reg::rings] = 0;
}

void Dce::hang_up() {
  if (state_ == State::idle) return;
  state_ = State::idle;
  due_.reset();
  digits_.clear();
  actions_.emplace_back(OnHook{});
}

void Dce::give_up(Result result) {
  hang_up();
  reply(result);
}

}  // namespace emulator
