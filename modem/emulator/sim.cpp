#include "modem/emulator/sim.h"

#include "modem/emulator/mobile_error.h"

namespace emulator {

std::optional<int> Sim::error() const {
  if (!options_.there) return cme::no_sim;
  if (puk_left_ == 0) return cme::sim_failure;
  if (pin_left_ == 0) return cme::puk_required;
  if (!options_.pin.empty() && !entered_) return cme::pin_required;
  return std::nullopt;
}

std::string Sim::state() const {
  if (pin_left_ == 0) return "SIM PUK";
  return ready() ? "READY" : "SIM PIN";
}

std::optional<int> Sim::enter(const std::string& pin) {
  const auto wants = error();
  if (!wants) return cme::not_allowed;
  if (*wants != cme::pin_required) return wants;
  if (pin != options_.pin) {
    --pin_left_;
    return pin_left_ == 0 ? cme::puk_required : cme::wrong_password;
  }
  pin_left_ = pin_tries;
  entered_ = true;
  return std::nullopt;
}

std::optional<int> Sim::unblock(const std::string& puk, const std::string& pin) {
  const auto wants = error();
  if (!wants || *wants == cme::pin_required) return cme::not_allowed;
  if (*wants != cme::puk_required) return wants;
  if (puk != options_.puk) {
    --puk_left_;
    return puk_left_ == 0 ? cme::sim_failure : cme::wrong_password;
  }
  options_.pin = pin;
  pin_left_ = pin_tries;
  puk_left_ = puk_tries;
  entered_ = true;
  return std::nullopt;
}

}  // namespace emulator
