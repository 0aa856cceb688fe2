#include "modem/carrier_text.h"

#include <catch2/catch.hpp>

using modem::CarrierText;

namespace {

constexpr CarrierText::Time begin{};
constexpr CarrierText::Time later = begin + CarrierText::silence;

bool is_lost(CarrierText& text, std::string_view octets) {
  text.received(octets, begin);
  return text.says_lost(later);
}

}  // namespace

TEST_CASE("NO CARRIER is the modem's only as the last line that came", "[modem][carrier_text]") {
  CarrierText text;
  CHECK_FALSE(text.says_lost(later));
  CHECK(is_lost(text, "mail\r\nNO CARRIER\r\n"));
  CHECK_FALSE(is_lost(text, "x"));
  CHECK_FALSE(is_lost(text, "NO CARRIER\r\n"));
  CHECK(is_lost(text, "\r\nNO CARRIER\r\n"));
}

TEST_CASE("NO CARRIER counts once nothing but RING has followed for a while", "[modem][carrier_text]") {
  CarrierText text;
  text.received("\r\nNO CARRIER\r\n", begin);
  CHECK_FALSE(text.says_lost(later - std::chrono::milliseconds(1)));
  text.received("\r\nRING\r\n\r\nRI", later);
  CHECK(text.says_lost(later));
  CHECK_FALSE(is_lost(text, "CH\r\n"));
  CHECK(is_lost(text, "\r\nNO CARRIER\r\n\r\nNO CARRIER\r\n"));
}

TEST_CASE("NO CARRIER is found wherever its octets are split", "[modem][carrier_text]") {
  const std::string all = "\r\n\r\nNO CARRIER\r\n";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CarrierText text;
    text.received(all.substr(0, cut), begin);
    text.received("", begin);
    CHECK(is_lost(text, all.substr(cut)));
  }
}
