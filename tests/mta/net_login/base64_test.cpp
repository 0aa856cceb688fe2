#include "mta/mail/base64.h"

#include <catch2/catch.hpp>

using mail::from_base64;
using mail::to_base64;

TEST_CASE("base64 is that of RFC 4648's test vectors, both ways", "[mail][base64]") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {std::string("\0\xff\x10", 3), "AP8Q"}};
  for (const auto& [octets, text] : vectors) {
    CHECK(to_base64(octets) == text);
    CHECK(from_base64(text) == octets);
  }
}

TEST_CASE("text that is not whole base64 is refused", "[mail][base64]") {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zm9v=", "Zh==", "Zm9=", "Zm 9", "Zm9v\r\n", "=m9v", "Zg==Zg=="}) {
    INFO(text);
    CHECK_FALSE(from_base64(text));
  }
}
