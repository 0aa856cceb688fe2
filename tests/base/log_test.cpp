#include "base/log.h"

#include <catch2/catch.hpp>

TEST_CASE("octets that are not printable ASCII are escaped", "[base][log]") {
  CHECK(base::escape("plain text") == "plain text");
  CHECK(base::escape("a\nb\x1b[2J\x7f") == "a\\012b\\033[2J\\177");
  CHECK(base::escape("\xc3\xa4") == "\\303\\244");
  CHECK(base::escape("back\\slash") == "back\\\\slash");
  CHECK(base::escape(std::string_view("\0", 1)) == "\\000");
}
