#include "base/quantity_text.h"

#include <catch2/catch.hpp>

TEST_CASE("octets are told in the unit that reads best", "[base][quantity_text]") {
  CHECK(base::octets_text(812) == "812 B");
  CHECK(base::octets_text(51200) == "51.2 kB");
  CHECK(base::octets_text(3400000) == "3.4 MB");
  CHECK(base::rate_text(3899.6) == "3.9 kB/s");
}

TEST_CASE("a time left has minutes and two digits of seconds", "[base][quantity_text]") {
  CHECK(base::minutes_text(std::chrono::seconds(5)) == "0:05");
  CHECK(base::minutes_text(std::chrono::seconds(3671)) == "61:11");
  CHECK(base::percent_text(0.042) == "4 %");
}
