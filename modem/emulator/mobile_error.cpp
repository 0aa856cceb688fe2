#include "modem/emulator/mobile_error.h"

#include <algorithm>
#include <array>

namespace emulator {
namespace {

struct Text {
  int number;
  std::string_view text;
};
constexpr std::array texts{
    Text{cme::not_allowed, "operation not allowed"}, Text{cme::no_sim, "SIM not inserted"},
    Text{cme::pin_required, "SIM PIN required"},     Text{cme::puk_required, "SIM PUK required"},
    Text{cme::sim_failure, "SIM failure"},           Text{cme::wrong_password, "incorrect password"},
    Text{cme::no_service, "no network service"},     Text{cme::bad_parameters, "incorrect parameters"},
    Text{cme::plmn_not_allowed, "PLMN not allowed"}, Text{cme::unspecified_packet_error, "unspecified GPRS error"}};

}  // namespace

std::string_view cme_text(int number) {
  const auto* found = std::find_if(texts.begin(), texts.end(), [=](const Text& one) { return one.number == number; });
  return found == texts.end() ? "unknown" : found->text;
}

}  // namespace emulator
