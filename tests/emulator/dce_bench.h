// What the tests of the DCE share.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "modem/emulator/dce.h"

namespace emulator_tests {

using namespace std::chrono_literals;

// A DCE with its DTE there, at a clock of its own. What it said and did is kept.
struct Bench {
  explicit Bench(emulator::Fault fault = emulator::Fault::none)
      : Bench(emulator::DceOptions{"RATE/ARQ", fault, "1.2"}) {}
  explicit Bench(const emulator::DceOptions& options) : dce(options) { on(emulator::Dtr{true}); }

  void on(const emulator::Event& event) {
    for (const auto& action : dce.on(now, event)) {
      if (const auto* to = std::get_if<emulator::ToDte>(&action)) said += to->bytes;
      if (const auto* to = std::get_if<emulator::ToLine>(&action)) sent += to->bytes;
      if (std::holds_alternative<emulator::OffHook>(action)) did += "off-hook ";
      if (std::holds_alternative<emulator::OnHook>(action)) did += "on-hook ";
      if (std::holds_alternative<emulator::Answer>(action)) did += "answer ";
      if (std::holds_alternative<emulator::Vanish>(action)) did += "gone ";
      if (std::holds_alternative<emulator::Appear>(action)) did += "back ";
      if (const auto* dial = std::get_if<emulator::Dial>(&action)) {
        did += "dial:" + dial->number + (dial->error_correction ? " " : "(plain) ");
      }
    }
  }
  std::string type(std::string_view bytes) {
    said.clear();
    on(emulator::Octets{bytes});
    return said;
  }
  // What the modem does by itself within the time.
  void pass(emulator::Time time) {
    const emulator::Time end = now + time;
    while (dce.due() && *dce.due() <= end) {
      now = std::max(now, *dce.due());
      on(emulator::Expired{});
    }
    now = end;
  }
  void hear(emulator::Progress progress) { on(emulator::Heard{progress}); }
  // Into the online data state by a call of its own.
  void call() {
    type("ATE0DT1\r");
    pass(10s);
    hear(emulator::Progress::answered);
    on(emulator::CarrierFound{33600, true});
    said.clear();
    did.clear();
  }

  emulator::Dce dce;
  emulator::Time now = 100s;
  std::string said, sent, did;
};

inline emulator::DceOptions personality(emulator::Personality kind) {
  emulator::DceOptions options;
  options.personality = kind;
  if (kind == emulator::Personality::iridium) options.mobile = emulator::MobileOptions::iridium();
  return options;
}

inline constexpr auto ok = "\r\nOK\r\n";

}  // namespace emulator_tests
