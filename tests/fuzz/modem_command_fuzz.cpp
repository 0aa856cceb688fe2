// Any octets, to a DCE of any personality, in any order with what else it hears of (from E0 on), at any times: it does
// the same however the octets are cut, on-hook is idle and idle is on-hook, an echo is the octet and comes only where
// there is one, nothing grows without end, and no time that has come comes again and again.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "modem/emulator/dce.h"

namespace {

using emulator::Dce;
using emulator::Fault;
using emulator::Personality;
using emulator::Progress;
using State = emulator::Dce::State;

constexpr std::uint8_t first_operation = 0xe0;
constexpr std::size_t most_bytes_an_octet = 64 * 1024;  // a line of &V alone
constexpr int most_dues_at_once = 4;

void require(bool held) {
  if (!held) std::abort();
}

emulator::DceOptions options(Fault fault, Personality personality) {
  emulator::DceOptions options{"RATE/ARQ", fault, "1"};
  options.personality = personality;
  if (personality == Personality::iridium) options.mobile = emulator::MobileOptions::iridium();
  options.mobile.sim.pin = "1234";
  return options;
}

class Bench {
 public:
  Bench(Fault fault, Personality personality, std::size_t piece)
      : fault_(fault), personality_(personality), piece_(piece), dce_(options(fault, personality)) {}

  std::string run(const std::uint8_t* data, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      if (data[i] < first_operation) {
        typed_ += static_cast<char>(data[i]);
        if (typed_.size() >= piece_) type();
        continue;
      }
      type();
      const std::uint8_t next = i + 1 < size ? data[i + 1] : std::uint8_t{0};
      if (operate(data[i], next)) ++i;
      look_at_clock();
    }
    type();
    return done_;
  }

 private:
  // True: the next octet belongs to it.
  bool operate(std::uint8_t operation, std::uint8_t next) {
    static constexpr std::array progresses{Progress::silence, Progress::ringback,    Progress::answered,
                                           Progress::busy,    Progress::no_dialtone, Progress::no_carrier};
    switch (operation) {
      case 0xe0:
      case 0xe1:
        on(emulator::Dtr{operation == 0xe0});
        return false;
      case 0xe2:
        on(emulator::Ringing{});
        return false;
      case 0xe3:
        on(emulator::RingingEnded{});
        return false;
      case 0xe4:
        on(emulator::Heard{progresses.at(next % progresses.size())});
        return true;
      case 0xe5:
      case 0xe6:
        on(emulator::CarrierFound{operation == 0xe5 ? 33600U : 1200U, operation == 0xe5});
        return false;
      case 0xe7:
        on(emulator::CarrierGone{});
        return false;
      case 0xe8:
        on(emulator::Stalled{});
        return false;
      case 0xe9:
        now_ += std::chrono::milliseconds(20) * next;
        return true;
      case 0xea:
        typed_ += static_cast<char>(next);
        type();
        return true;
      default:
        if (dce_.due()) now_ = std::max(now_, *dce_.due());
        return false;
    }
  }

  void type() {
    if (!typed_.empty()) on(emulator::Octets{typed_});
    typed_.clear();
    look_at_clock();
  }

  void look_at_clock() {
    for (int times = 0; dce_.due() && *dce_.due() <= now_; ++times) {
      require(times < most_dues_at_once);
      on(emulator::Expired{});
    }
  }

  void on(const emulator::Event& event) {
    const auto* octets = std::get_if<emulator::Octets>(&event);
    const auto state = dce_.state();
    const bool echo = dce_.profile().at("E") == 1;
    const char end = dce_.profile().character(emulator::reg::carriage_return);
    const auto actions = dce_.on(now_, event);
    if (octets && octets->bytes.size() == 1) check_echo(octets->bytes.front(), state, echo, end, actions);
    // TIES finds commands in the data.
    if (octets && state == State::online_data && personality_ != Personality::ties) {
      const auto* sent = actions.size() == 1 ? std::get_if<emulator::ToLine>(&actions.front()) : nullptr;
      require(sent && sent->bytes == octets->bytes);
    }
    std::size_t bytes = 0;
    for (const auto& action : actions) bytes += note(action);
    require(bytes <= most_bytes_an_octet * (1 + (octets ? octets->bytes.size() : 0)));
    require(off_hook_ == (dce_.state() != State::idle && dce_.state() != State::absent));
    require(gone_ == (dce_.state() == State::absent));
    require(dce_.takes_octets() == (dce_.state() == State::online_data));
  }

  void check_echo(char c, State state, bool echo, char end, const std::vector<emulator::Action>& actions) const {
    if (fault_ != Fault::none) return;
    if (state != State::idle && state != State::off_hook && state != State::online_command) return;
    const auto* first = actions.empty() ? nullptr : std::get_if<emulator::ToDte>(&actions.front());
    const char seven_bits = static_cast<char>(c & 0x7f);
    if (echo) require(first && first->bytes == std::string(1, seven_bits));
    // What a network says unasked may come with any of them.
    const bool network = personality_ == Personality::cellular || personality_ == Personality::iridium;
    if (echo || seven_bits == end || seven_bits == '/' || network) return;
    for (const auto& action : actions) require(!std::holds_alternative<emulator::ToDte>(action));
  }

  std::size_t note(const emulator::Action& action) {
    if (const auto* to = std::get_if<emulator::ToDte>(&action)) {
      require(fault_ != Fault::mute || to->bytes.empty());
      done_ += to->bytes;
      return to->bytes.size();
    }
    if (const auto* to = std::get_if<emulator::ToLine>(&action)) {
      done_ += to->bytes;
      return to->bytes.size();
    }
    if (const auto* dial = std::get_if<emulator::Dial>(&action)) {
      require(off_hook_ && dial->number.size() <= emulator::max_number_bytes);
      done_ += "<dial " + dial->number + ">";
    } else if (const auto* said = std::get_if<emulator::Note>(&action)) {
      require(said->text.size() <= emulator::max_command_bytes + 2);
    } else if (std::holds_alternative<emulator::OnHook>(action)) {
      require(off_hook_);
      off_hook_ = false;
      done_ += "<on>";
    } else if (std::holds_alternative<emulator::Vanish>(action)) {
      require(!off_hook_ && !gone_);
      gone_ = true;
      done_ += "<gone>";
    } else if (std::holds_alternative<emulator::Appear>(action)) {
      require(gone_);
      gone_ = false;
      done_ += "<back>";
    } else {
      off_hook_ = true;
      done_ += "<off>";
    }
    return 0;
  }

  Fault fault_;
  Personality personality_;
  std::size_t piece_;
  Dce dce_;
  emulator::Time now_ = std::chrono::seconds(100);
  std::string typed_;
  std::string done_;
  bool off_hook_ = false;
  bool gone_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr std::array faults{Fault::none, Fault::none, Fault::mute, Fault::echo, Fault::garbage, Fault::stuck};
  static constexpr std::array personalities{Personality::hayes, Personality::ties, Personality::cellular,
                                            Personality::iridium};
  const auto fault = faults.at(data[0] % faults.size());
  const auto personality = personalities.at(data[0] / faults.size() % personalities.size());
  const auto one_by_one = Bench(fault, personality, 1).run(data + 1, size - 1);
  require(Bench(fault, personality, size).run(data + 1, size - 1) == one_by_one);
  require(Bench(fault, personality, 3).run(data + 1, size - 1) == one_by_one);
  return 0;
}
