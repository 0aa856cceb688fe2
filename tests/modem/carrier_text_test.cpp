#include "modem/carrier_text.h"

#include <catch2/catch.hpp>

using modem::CarrierText;

TEST_CASE("NO CARRIER is the modem's only as the last line that came", "[modem][carrier_text]") {
  CarrierText text;
  CHECK_FALSE(text.is_last());
  text.received("mail\r\nNO CARRIER\r\n");
  CHECK(text.is_last());
  text.received("x");
  CHECK_FALSE(text.is_last());
  text.received("NO CARRIER\r\n");
  CHECK_FALSE(text.is_last());
}

TEST_CASE("NO CARRIER is found wherever its octets are split", "[modem][carrier_text]") {
  const std::string all = "\r\n\r\nNO CARRIER\r\n";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CarrierText text;
    text.received(all.substr(0, cut));
    text.received("");
    text.received(all.substr(cut));
    CHECK(text.is_last());
  }
}
