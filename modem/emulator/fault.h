// What is wrong with a modem, and from when on.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "modem/emulator/time.h"

namespace emulator {

enum class Fault { none, mute, late, echo, garbage, forget, vanish, carrier, dtr, stuck, hardware };
enum class Moment { start, dial, octets, commands };

struct PlannedFault {
  Fault fault = Fault::none;
  Moment moment = Moment::start;
  std::uint64_t count = 0;      // of octets or commands
  std::optional<Time> lasts{};  // none: what is usual for it; of late: how late
};

// "mute", "late@dial", "vanish@octets:1000/30": FAULT[@MOMENT[:N]][/SECONDS]. Empty: it is not.
std::optional<PlannedFault> parse_fault(std::string_view text);

std::string_view name_of(Fault fault);

// The faults of one modem, as they come and go.
class Faults {
 public:
  Faults() = default;
  // From the start on.
  Faults(Fault fault) {
    if (fault != Fault::none) planned_.push_back({fault, Moment::start, 0, {}});
  }
  Faults(std::vector<PlannedFault> planned) : planned_(std::move(planned)) {}

  [[nodiscard]] const std::vector<PlannedFault>& planned() const { return planned_; }
  // The moment has come, of those that count for the count-th time; those that begin now.
  std::vector<PlannedFault> begin(Time now, Moment moment, std::uint64_t count = 0);
  // Those whose time is over go.
  void advance(Time now);
  [[nodiscard]] std::optional<Time> due() const;
  [[nodiscard]] bool has(Fault fault) const;
  // How late it answers; 0: at once.
  [[nodiscard]] Time lateness() const;

 private:
  struct Running {
    PlannedFault planned;
    std::optional<Time> until;
  };
  std::vector<PlannedFault> planned_;
  std::vector<Running> running_;
};

}  // namespace emulator
