#include "modem/probe.h"

#include <array>

#include "base/bug.h"
#include "base/log.h"

namespace modem {
namespace {

constexpr auto speeds_by_use = std::to_array<unsigned>({115200, 57600, 38400, 19200, 9600, 2400});

// Text in quotes as TOML has it.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string_view word(Heard heard) {
  switch (heard) {
    case Heard::answer:
      return "answer";
    case Heard::echo:
      return "echo";
    case Heard::garbage:
      return "garbage";
    case Heard::silence:
      return "silence";
  }
  base::bug("Heard: bad value");
}

Heard heard_of(const AtAnswer& answer) {
  if (answer.answered) return Heard::answer;
  if (answer.octets == 0) return Heard::silence;
  return answer.echoed && !answer.noise ? Heard::echo : Heard::garbage;
}

std::span<const unsigned> Probe::usual_speeds() { return speeds_by_use; }

Probe::Probe(std::span<const unsigned> speeds) {
  for (const auto speed : speeds) {
    plan_.push_back({speed, Kind::wake});
    plan_.push_back({speed, Kind::again});
  }
  for (const auto speed : speeds) {
    plan_.push_back({speed, Kind::escape});
    plan_.push_back({speed, Kind::voice});
  }
  if (!plan_.empty()) found_ = plan_.front();
}

std::optional<Probe::Try> Probe::next() const {
  if (verdict_ == Heard::answer || at_ == plan_.size()) return std::nullopt;
  return plan_[at_];
}

void Probe::on(Heard heard) {
  if (at_ == plan_.size()) base::bug("Probe: nothing was tried");
  const auto now = plan_[at_++];
  // A wrong speed can look like an echo less than an echo like a wrong speed: the plainer finding stays.
  if (heard < verdict_) {
    verdict_ = heard;
    found_ = now;
  }
  if (heard == Heard::echo && !asked_for_results_) {
    asked_for_results_ = true;
    plan_.insert(plan_.begin() + static_cast<std::ptrdiff_t>(at_), {now.speed, Kind::results_on});
  }
}

std::string proposed_profile(const Proposal& proposal) {
  std::string text = "# " + base::escape(proposal.product.empty() ? "a modem" : proposal.product) + "\n";
  if (!proposal.inherits.empty()) text += "inherits = " + quoted(proposal.inherits) + "\n";
  text += "port = " + quoted(proposal.port) + "\n";
  if (proposal.speed > 0) text += "speed = " + std::to_string(proposal.speed) + "\n";
  if (proposal.cts == false) text += "flow = \"none\"  # CTS is off: a cable with three wires?\n";
  return text;
}

}  // namespace modem
