#include "modem/emulator/dce.h"

#include <utility>

#include "base/bug.h"
#include "base/overloaded.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

constexpr Time bell_time = std::chrono::seconds(2);   // of a ring; the rest of the interval is silent
constexpr Time loss_unit = milliseconds(10);          // of S25
constexpr Time carrier_unit = milliseconds(100);      // of S10
constexpr Time idle_unit = std::chrono::seconds(10);  // of S30
constexpr Time usual_absence = std::chrono::seconds(10);
constexpr std::uint8_t never = 255;  // of S10

// The reasons of S86.
constexpr std::uint8_t failed_carrier = 4, failed_by_far_end = 12;

}  // namespace

Dce::Dce(DceOptions options) : options_(std::move(options)), faults_(options_.faults), noise_(options_.seed, "noise") {
  switch (options_.personality) {
    case Personality::hayes:
    case Personality::ties:
      break;
    case Personality::cellular:
    case Personality::iridium:
      mobile_.emplace(options_.mobile);
      break;
  }
}

std::vector<Action> Dce::on(Time now, const Event& event) {
  actions_.clear();
  faults_.advance(now);
  if (!started_) {
    started_ = true;
    if (mobile_) mobile_->power_up(now);
    begin_faults(now, Moment::start, 0);
  }
  const bool there = state_ != State::absent;
  std::visit(base::Overloaded{
                 [&](const Octets& octets) { on_octets(now, octets.bytes); },
                 [&](const Stalled&) {
                   if (state_ == State::online_data) escape_.stalled(now);
                 },
                 [&](const Dtr& dtr) { on_dtr(now, dtr.on); },
                 [&](const Ringing&) { on_ringing(now); },
                 [&](const RingingEnded&) { on_ringing_ended(); },
                 [&](const Heard& heard) { on_heard(heard.progress); },
                 [&](const CarrierFound& found) { on_carrier_found(now, found); },
                 [&](const CarrierGone& gone) { on_carrier_gone(now, gone.abruptly); },
                 [&](const Carried&) { last_carried_ = now; },
                 [&](const Expired&) { on_expired(now); },
             },
             event);
  if (dtr_ && in_command_state() && std::exchange(hardware_untold_, false)) information("HARDWARE FAILURE:2,1");
  if (there) say_what_the_network_says(now);
  return std::exchange(actions_, {});
}

std::optional<Time> Dce::due() const {
  if (state_ == State::absent) return due_;
  std::optional<Time> first = sooner(faults_.due(), sooner(waits_until_, sooner(dtr_lost_, carrier_out_)));
  const bool looped = state_ == State::testing;
  if ((state_ == State::online_data && !has(Fault::stuck)) || looped) first = sooner(first, escape_.due());
  if (state_ == State::online_data) return sooner(first, idle_due());
  if (mobile_ && in_command_state() && line_.empty() && !waits_until_) first = sooner(first, mobile_->due());
  return sooner(first, due_);
}

std::optional<Time> Dce::idle_due() const {
  const auto limit = profile_.s[reg::idle_limit];
  if (limit == 0 || has(Fault::stuck)) return std::nullopt;
  return last_carried_ + limit * idle_unit;
}

bool Dce::in_call() const {
  return state_ == State::online_data || state_ == State::online_command ||
         (state_ == State::testing && test_from_ == State::online_command);
}

bool Dce::carrier_detect() const {
  if (state_ == State::absent) return false;
  return profile_.at("&C") == 0 || in_call() || has(Fault::carrier);
}

bool Dce::data_set_ready() const { return state_ != State::absent && (profile_.at("&S") == 0 || in_call()); }

bool Dce::ring_indicator(Time now) const { return ringing_ && now < bell_until_; }

void Dce::on_octets(Time now, std::string_view bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::online_data:
        return data_octets(now, bytes);
      case State::testing:
        escape_.octets(now, bytes, profile_.escape_character(), profile_.guard_time());
        actions_.emplace_back(ToDte{std::string(bytes)});
        return;
      case State::absent:
        return;
      case State::dialling:
      case State::waiting:
      case State::answering:
        if (now >= abort_from_) give_up(Result::no_carrier, "aborted");
        break;
      case State::idle:
      case State::off_hook:
      case State::online_command:
        command_octet(now, bytes.front());
        // Each octet is an event of its own, however many come together.
        say_what_the_network_says(now);
        break;
    }
    bytes.remove_prefix(1);
  }
}

void Dce::data_octets(Time now, std::string_view bytes) {
  const auto escape = profile_.escape_character();
  const bool heeds = !has(Fault::stuck) && !has(Fault::mute) && !has(Fault::echo);
  const bool is_ties = options_.personality == Personality::ties && heeds;
  const std::size_t end = is_ties ? ties_.octets(bytes, escape, profile_.character(reg::carriage_return)) : bytes.npos;
  // The escape itself has gone to the far end before it was one.
  const std::string_view data = bytes.substr(0, end);
  escape_.octets(now, data, escape, profile_.guard_time());
  actions_.emplace_back(ToLine{std::string(data)});
  last_carried_ = now;
  octets_ += data.size();
  if (end != bytes.npos) {
    state_ = State::online_command;
    line_complete(now, ties_.line());
    ties_.reset();
    on_octets(now, bytes.substr(end));
  }
  begin_faults(now, Moment::octets, octets_);
}

// DTR that is back before S25 has not been off.
void Dce::on_dtr(Time now, bool on) {
  const bool lost = dtr_ && !on;
  dtr_ = on;
  dtr_lost_.reset();
  if (!lost || state_ == State::absent) return;
  const Time least = profile_.s[reg::dtr_loss] * loss_unit;
  if (least == Time::zero()) return lose_dtr();
  dtr_lost_ = now + least;
}

void Dce::lose_dtr() {
  line_.clear();
  todo_.clear();
  waits_until_.reset();
  waiting_response_.reset();
  backlog_.clear();
  const int meaning = profile_.at("&D");
  if (meaning == 0 || has(Fault::stuck) || has(Fault::dtr)) return;
  if (meaning == 1) {
    if (state_ != State::online_data) return;
    state_ = State::online_command;
    return reply(Result::ok);
  }
  if (state_ == State::testing) end_test();
  if (state_ == State::off_hook) hang_up("DTR");
  if (state_ != State::idle) give_up(Result::no_carrier, "DTR");
  if (meaning == 3) profile_ = stored_[power_up_profile_];
}

void Dce::on_ringing(Time now) {
  if (state_ != State::idle) return;
  ringing_ = true;
  bell_until_ = now + bell_time;
  auto& rings = profile_.s[reg::rings];
  if (rings < 255) ++rings;
  if (has(Fault::mute)) return;
  // A command line that is being typed keeps the bell silent, or its letters would be torn apart.
  if (line_.empty() && mobile_ && mobile_->long_ring()) {
    information("+CRING: REL ASYNC");
  } else if (line_.empty()) {
    reply(Result::ring);
  }
  const auto after = profile_.s[reg::rings_to_answer];
  const bool ready = dtr_ || profile_.at("&D") < 2;
  if (after > 0 && rings >= after && ready) pick_up(now);
}

void Dce::on_ringing_ended() {
  ringing_ = false;
  if (state_ == State::idle) profile_.s[reg::rings] = 0;
}

void Dce::on_heard(Progress progress) {
  if (state_ != State::waiting) return;
  heard_ = progress;
  const int results = profile_.at("X");
  const bool listens_for_tone = results == 2 || results == 4 || dialling_.wait_for_tone;
  switch (progress) {
    case Progress::no_carrier:
      return give_up(Result::no_carrier, "no carrier");
    case Progress::no_dialtone:
      if (listens_for_tone) give_up(Result::no_dialtone, "no dial tone");
      return;
    case Progress::busy:
      if (results >= 3) give_up(Result::busy, "busy");
      return;
    case Progress::silence:
    case Progress::ringback:
    case Progress::answered:
      return;
  }
  base::bug("Dce: no such progress");
}

void Dce::on_carrier_found(Time now, const CarrierFound& found) {
  if (state_ != State::waiting && state_ != State::answering) return;
  connection_ = {found.bits_per_second, found.error_correction};
  answered_ = state_ == State::answering;
  ringing_ = false;
  reply_connect();
  enter_online_data(now);
}

// The far end that takes its leave is believed at once; a carrier that just goes may come back until S10.
void Dce::on_carrier_gone(Time now, bool abruptly) {
  const auto wait = profile_.s[reg::carrier_loss];
  switch (state_) {
    case State::online_data:
    case State::online_command:
    case State::testing:
      if (!in_call()) return;
      profile_.s[reg::last_failure] = abruptly ? failed_carrier : failed_by_far_end;
      if (!abruptly) return give_up(Result::no_carrier, "far end");
      if (wait != never) carrier_out_ = now + wait * carrier_unit;
      return;
    case State::waiting:
    case State::answering:
      profile_.s[reg::last_failure] = failed_carrier;
      return give_up(Result::no_carrier, "no carrier");
    case State::idle:
    case State::off_hook:
    case State::dialling:
    case State::absent:
      return;
  }
  base::bug("Dce: bad state");
}

void Dce::on_expired(Time now) {
  const auto passed = [now](const std::optional<Time>& at) { return at && now >= *at; };
  if (state_ == State::absent) {
    if (passed(due_)) power_up(now);
    return;
  }
  if (passed(dtr_lost_)) {
    dtr_lost_.reset();
    lose_dtr();
  }
  if (passed(carrier_out_)) give_up(Result::no_carrier, "loss of the carrier");
  if (passed(waits_until_)) return waited(now);
  if (state_ == State::online_data && passed(idle_due())) return give_up(Result::no_carrier, "idle");
  const bool escapes = state_ == State::testing || (state_ == State::online_data && !has(Fault::stuck));
  if (escapes && passed(escape_.due())) {
    escape_.reset(now);
    due_.reset();
    state_ =
        state_ == State::online_data || test_from_ == State::online_command ? State::online_command : State::off_hook;
    return reply(Result::ok);
  }
  if (passed(due_)) on_state_expired(now);
}

void Dce::on_state_expired(Time now) {
  switch (state_) {
    case State::dialling:
      return dialled(now);
    case State::waiting:
      if (heard_ == Progress::ringback && reports_no_answer_) return give_up(Result::no_answer, "no answer");
      return give_up(Result::no_carrier, "no carrier");
    case State::answering:
      return give_up(Result::no_carrier, "no carrier");
    case State::testing:
      end_test();
      return reply(Result::ok);
    case State::idle:
    case State::off_hook:
    case State::online_command:
    case State::online_data:
    case State::absent:
      return;
  }
  base::bug("Dce: bad state");
}

void Dce::enter_online_data(Time now) {
  due_.reset();
  line_.clear();
  escape_.reset(now);
  ties_.reset();
  last_carried_ = now;
  state_ = State::online_data;
  profile_.s[reg::rings] = 0;
}

void Dce::hang_up(std::string_view why) {
  if (state_ == State::idle) return;
  if (in_call()) {
    ended_ = std::to_string(connection_.bits_per_second) + " bit/s, error correction " +
             (connection_.error_correction ? "LAP-M" : "NONE") + ", ended by: " + std::string(why);
    if (mobile_) mobile_->released(std::string(why));
  }
  state_ = State::idle;
  due_.reset();
  carrier_out_.reset();
  digits_.clear();
  answered_ = false;
  actions_.emplace_back(OnHook{});
}

void Dce::give_up(Result result, std::string_view why) {
  hang_up(why);
  reply(result);
}

void Dce::begin_faults(Time now, Moment moment, std::uint64_t count) {
  for (const PlannedFault& one : faults_.begin(now, moment, count)) {
    actions_.emplace_back(Note{"fault", std::string(name_of(one.fault))});
    if (one.fault == Fault::vanish) vanish(now, one.lasts.value_or(usual_absence));
    if (one.fault == Fault::hardware) hardware_untold_ = true;
    if (one.fault != Fault::forget) continue;
    hang_up("reset");
    profile_ = stored_[power_up_profile_];
    if (mobile_) mobile_->power_up(now);
  }
}

void Dce::vanish(Time now, Time away) {
  if (state_ == State::absent) return;
  hang_up("the modem went");
  line_.clear();
  todo_.clear();
  backlog_.clear();
  waits_until_.reset();
  waiting_response_.reset();
  dtr_lost_.reset();
  ringing_ = false;
  state_ = State::absent;
  due_ = now + away;
  actions_.emplace_back(Vanish{});
}

void Dce::power_up(Time now) {
  state_ = State::idle;
  due_.reset();
  profile_ = stored_[power_up_profile_];
  if (mobile_) mobile_->power_up(now);
  actions_.emplace_back(Appear{});
}

// Not between the letters of a command, nor into a call's data.
void Dce::say_what_the_network_says(Time now) {
  if (!mobile_ || !in_command_state() || !line_.empty() || waits_until_) return;
  for (const std::string& line : mobile_->advance(now)) information(line);
}

}  // namespace emulator
